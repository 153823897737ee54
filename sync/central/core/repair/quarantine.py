"""Records set aside: looked at, replayed or dropped by staff; their bytes stay whatever becomes of them.

- `rejected`: the mended line becomes an event at its own place and is told at once. The row stays, so that the
  station which sends the original again is answered `rejected`, as before.
- `fork`: the station carries it into a new epoch by itself. Only if it cannot any more, being revoked or done with
  that epoch, may the office put it into a journal of its own, whose name no station can use. Should it come after
  all, read models know it as a fact told before.
- `projection`: the event is stored; it is told once more. Dropped, it is still a fact, and a rebuild tries it again.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from sync.central.core.exchange.arrivals import Arrival, corrected, read_lines
from sync.central.core.models import Event, Journal, Quarantine, Station
from sync.central.core.projecting import turns
from sync.central.core.projecting.projector import ring
from sync.central.core.projecting.read_models import is_poison, tell, told_of
from sync.protocol.errors import SyncError
from sync.protocol.events import decode_raw_entry, digest_of, renumber_entry
from sync.protocol.limits import DETAIL_CHARS, fitted

RESCUED: Final = "补录"   # not ASCII: no station's epoch
logger = logging.getLogger(__name__)


class QuarantineRefused(SyncError):
    """A record cannot be dealt with like this; `detail` says why, in words for staff."""

    code = "OFFICE-QUARANTINE"
    next_step = "请按说明改正后再试"


def list_records(station_id: str = "", *, resolved_too: bool = False) -> QuerySet[Quarantine]:
    """Records of one station or of all, oldest first; the open ones unless all are wanted."""
    records = Quarantine.objects.select_related("journal__station").order_by("id")
    if station_id:
        records = records.filter(journal__station_id=station_id)
    return records if resolved_too else records.filter(resolved_at=None)


def get_record(record_id: int) -> Quarantine:
    """One record; raises QuarantineRefused."""
    record = Quarantine.objects.select_related("journal__station").filter(pk=record_id).first()
    if record is None:
        raise QuarantineRefused(f"没有编号为 {record_id} 的记录")
    return record


def state_of(record: Quarantine) -> str:
    """What became of a record, in a word."""
    return str(Quarantine.Resolution(record.resolution).label) if record.resolved_at else "待处理"


@transaction.atomic
def drop(record_id: int, note: str, now: datetime) -> None:
    """Let a record wait no longer; it is kept. Raises QuarantineRefused."""
    if not note.strip():
        raise QuarantineRefused("请写明理由")
    record = _locked(record_id)
    _resolve(record, Quarantine.Resolution.DROPPED, note, now)


@transaction.atomic
def replay(record_id: int, line: bytes | None, now: datetime) -> None:
    """Take a record in after all, as it came or as it was mended; raises QuarantineRefused."""
    turns.enter()
    turns.take_station(get_record(record_id).journal.station_id)
    record = _locked(record_id)
    match record.why:
        case Quarantine.Why.REJECTED:
            _store_in_place(record, line)
        case Quarantine.Why.FORK:
            _rescue(record, line, now)
        case _:
            _tell_again(record, line)
    _resolve(record, Quarantine.Resolution.REPLAYED, "原文" if line is None else "改过的一行", now)


def _locked(record_id: int) -> Quarantine:
    record = Quarantine.objects.select_for_update().get(pk=get_record(record_id).pk)
    if record.resolved_at is not None:
        raise QuarantineRefused(f"记录 {record_id} 已经处理过：{state_of(record)}")
    return record


def _resolve(record: Quarantine, resolution: Quarantine.Resolution, note: str, now: datetime) -> None:
    record.resolved_at, record.resolution = now, resolution
    record.note = fitted(note, DETAIL_CHARS)
    record.save(update_fields=["resolved_at", "resolution", "note"])
    logger.info("quarantine: record %d %s", record.pk, resolution.value)


def _store_in_place(record: Quarantine, line: bytes | None) -> None:
    arrival = _sound(record, line)
    if arrival.seq != record.seq:
        raise QuarantineRefused(f"行里的序号是 {arrival.seq}，这条记录的序号是 {record.seq}")
    _check_told(record)
    if Event.objects.filter(journal=record.journal, seq=record.seq).exists():
        raise QuarantineRefused("这个序号已经有记录")
    _tell(record.journal, _store(record, arrival, record.journal, record.seq, arrival.line))


def _tell_again(record: Quarantine, line: bytes | None) -> None:
    if line is not None:
        raise QuarantineRefused("这条记录已经保存，不能再改，只能原样重新计入")
    _check_told(record)
    _tell(record.journal, Event.objects.get(journal=record.journal, seq=record.seq))


def _rescue(record: Quarantine, line: bytes | None, now: datetime) -> None:
    arrival = _sound(record, line)
    station = record.journal.station
    if place := _find_fact(station, arrival):
        raise QuarantineRefused(f"驿站已经自己重新上传了这条记录（{place}），不用补录，请用 drop")
    if not _is_beyond_sending(station, record):
        raise QuarantineRefused("驿站下次同步时会自己重新上传这条记录；驿站已经不在了，请先停用它（station revoke）")
    Journal.objects.get_or_create(station=station, epoch=RESCUED, defaults={"opened_at": now})
    journal = Journal.objects.select_for_update(no_key=True).get(station=station, epoch=RESCUED)
    journal.head += 1
    _store(record, arrival, journal, journal.head, renumber_entry(arrival.line, journal.head))
    journal.save(update_fields=["head"])
    transaction.on_commit(ring)


def _sound(record: Quarantine, line: bytes | None) -> Arrival:
    """The line as ingest would read it."""
    raw = bytes(record.line) if line is None else line.removesuffix(b"\n").removesuffix(b"\r")
    if b"\n" in raw:
        raise QuarantineRefused("只能有一行")
    arrival = read_lines([raw])[0]
    if arrival.fault:
        raise QuarantineRefused(f"这一行仍然不对（{arrival.fault}）：{arrival.detail}")
    return arrival


def _check_told(record: Quarantine) -> None:
    """Read models take a late event only after all that was before it in its journal."""
    if record.journal.projected < record.seq:
        raise QuarantineRefused("这个驿站的记录还在统计，请稍后再试")


def _store(record: Quarantine, arrival: Arrival, journal: Journal, seq: int, line: bytes) -> Event:
    return Event.objects.create(
        journal=journal,
        seq=seq,
        kind=arrival.kind,
        subject=arrival.subject,
        at=arrival.at.isoformat(),
        at_utc=min(corrected(arrival.at, record.offset_s), record.received_at),
        line=line,
        digest=digest_of(line),
        received_at=record.received_at,
    )


def _tell(journal: Journal, event: Event) -> None:
    try:
        with transaction.atomic():
            if told := told_of(journal, event, is_late=True):
                tell([told])
    except Exception as cause:
        if not is_poison(cause):
            raise
        raise QuarantineRefused(f"仍然无法计入：{type(cause).__name__}") from cause


def _find_fact(station: Station, arrival: Arrival) -> str:
    """Where else this station has told the same, empty if nowhere."""
    fact = decode_raw_entry(arrival.line)
    same = Event.objects.filter(journal__station=station, kind=arrival.kind, at=arrival.at.isoformat())
    for event in same.select_related("journal"):
        told = decode_raw_entry(bytes(event.line))
        if (told.at, bytes(told.event)) == (fact.at, bytes(fact.event)):
            return f"日志 {event.journal.epoch}，序号 {event.seq}"
    return ""


def _is_beyond_sending(station: Station, record: Quarantine) -> bool:
    """Whether the station can no longer bring it: it was revoked, or has brought all it had since."""
    if station.revoked_at is not None:
        return True
    later = Journal.objects.filter(station=station, opened_at__gte=record.received_at).exclude(epoch=RESCUED)
    return station.pending == 0 and later.exists()
