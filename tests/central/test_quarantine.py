from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sync.central.commands.quarantine import printable
from sync.central.core.enrolment import revoke
from sync.central.core.models import Event, Journal, Quarantine
from sync.central.core.projecting.projector import project_all
from sync.central.core.projecting.read_models import ReadModel, Told
from sync.central.core.repair.quarantine import RESCUED, QuarantineRefused, drop, list_records, replay
from sync.central.library.models import Move
from sync.central.visits.models import DailyCount
from sync.protocol.events import BookBorrowed, CheckedIn, decode_entry, encode_entry
from sync.protocol.wire import Health, Result

from .conftest import on_both_databases, telling
from .fake_station import FakeStation
from .test_projector import AT, LABEL, catalogue, cells, published, tell

pytestmark = [pytest.mark.django_db, on_both_databases]

POISON = b'{"seq": oops \x1b[2J\xff'


def checkin(name: str = "a") -> CheckedIn:
    return CheckedIn(checkin=name, trade="courier")


def only() -> Quarantine:
    return Quarantine.objects.get()


def replayed(record: Quarantine, line: bytes | None = None) -> None:
    replay(record.id, line, timezone.now())


def visits() -> int:
    return sum(row.visits for row in DailyCount.objects.all())


def set_aside_between(station: FakeStation) -> bytes:
    """Three events, the middle one poison; returns its mended line."""
    lines = [station.line(checkin(name), at=AT + timedelta(minutes=place)) for place, name in enumerate("abc")]
    station.sync([lines[0], POISON, lines[2]])
    project_all()
    return lines[1]


def test_a_mended_line_becomes_an_event_at_its_place_and_counts_at_once(station: FakeStation) -> None:
    mended = set_aside_between(station)
    assert visits() == 2
    replayed(only(), mended + b"\r\n")
    assert visits() == 3
    assert bytes(Event.objects.get(seq=2).line) == mended
    record = only()
    assert (record.resolution, bytes(record.line)) == ("replayed", POISON)
    assert project_all() == 0


def test_the_original_sent_again_after_a_replay_is_rejected_as_before(station: FakeStation) -> None:
    mended = set_aside_between(station)
    replayed(only(), mended)
    lines = [encode_entry(1, AT, checkin("a")), POISON]
    assert station.sync(lines, acked=0).receipt.results == (Result(1, "duplicate"), Result(2, "rejected", "line"))
    assert Quarantine.objects.count() == 1
    assert station.sync([mended], acked=1).receipt.results == (Result(2, "duplicate"),)


def test_a_second_replay_is_refused(station: FakeStation) -> None:
    mended = set_aside_between(station)
    replayed(only(), mended)
    for again in (lambda: replayed(only(), mended), lambda: drop(only().id, "twice", timezone.now())):
        with pytest.raises(QuarantineRefused, match="已经处理过：已补录"):
            again()
    assert visits() == 3


@pytest.mark.parametrize(("line", "words"), [
    (None, "仍然不对（line）"),
    (b"", "仍然不对（line）"),
    (encode_entry(3, AT, CheckedIn(checkin="x", trade="y")), "序号是 3"),
    (encode_entry(2, AT, CheckedIn(checkin="x", trade="y")) + b"\n{}", "只能有一行"),
    (b'{"seq":2,"at":"2026-11-23T14:26:03+08:00","event":{"kind":"checkin.made"}}', "仍然不对（event）"),
    (b'{"seq":2,"at":"2026-11-23T14:26:03+08:00","event":{"kind":"x","pad":"' + b"y" * 70_000 + b'"}}', "（size）"),
])
def test_a_line_that_ingest_would_not_take_is_not_taken(station: FakeStation, line: bytes | None, words: str) -> None:
    set_aside_between(station)
    with pytest.raises(QuarantineRefused, match=words):
        replayed(only(), line)
    assert only().resolved_at is None
    assert Event.objects.count() == 2


def test_a_record_that_a_newer_program_can_read_is_taken_as_it_is(station: FakeStation) -> None:
    set_aside_between(station)
    line = b'{"seq":2,"at":"2026-11-23T14:26:03+08:00","event":{"kind":"tea.poured"}}'
    Quarantine.objects.update(line=line)
    replayed(only())
    assert Event.objects.get(seq=2).kind == "tea.poured"


def test_what_waits_for_the_projector_is_not_overtaken(station: FakeStation) -> None:
    station.sync([station.line(checkin("a")), POISON])
    with pytest.raises(QuarantineRefused, match="请稍后再试"):
        replayed(only(), station.line(checkin("b"), seq=2))
    project_all()
    replayed(only(), station.line(checkin("b"), seq=2))


def test_a_mended_loan_is_folded_in_at_its_place(station: FakeStation) -> None:
    catalogue(LABEL)
    borrowed = [BookBorrowed(label=LABEL, due_on=date(2026, 12, day)) for day in (1, 2, 3)]
    lines = [station.line(event, at=AT + timedelta(minutes=place)) for place, event in enumerate(borrowed)]
    station.sync([lines[0], POISON, lines[2]])
    project_all()
    assert published(station)[LABEL].loans == 2
    replayed(only(), lines[1])
    copy = published(station)[LABEL]
    assert (copy.loans, copy.due_on, copy.seen) == (3, date(2026, 12, 3), {"330502-01/epoch-1": 3})
    assert Move.objects.count() == 3


def test_a_replayed_event_is_corrected_by_the_clock_of_its_exchange(station: FakeStation) -> None:
    wrong = datetime.now(UTC) - timedelta(days=3_650)
    station.sync([POISON], sent_at=wrong)
    project_all()
    replayed(only(), station.line(checkin(), at=wrong, seq=1))
    assert abs((Event.objects.get().at_utc - datetime.now(UTC)).total_seconds()) < 5


def fork(station: FakeStation) -> bytes:
    """A second event 1; the office has set it aside."""
    tell(station, checkin("a"))
    other = station.line(checkin("b"), at=AT, seq=1)
    station.sync([other])
    return other


def test_a_fork_that_the_station_brought_itself_is_not_taken_twice(station: FakeStation) -> None:
    fork(station)
    station.epoch, station.next_seq, station.acked = "epoch-2", 1, 0
    tell(station, checkin("b"), at=AT)
    with pytest.raises(QuarantineRefused, match="已经自己重新上传了这条记录（日志 epoch-2，序号 1）"):
        replayed(only())
    drop(only().id, "在新日志里", timezone.now())
    assert visits() == 2


def test_a_fork_that_the_station_may_still_bring_is_left_to_it(station: FakeStation) -> None:
    fork(station)
    with pytest.raises(QuarantineRefused, match="会自己重新上传"):
        replayed(only())
    station.epoch, station.next_seq, station.acked = "epoch-2", 1, 0
    station.health = Health(pending=3)
    station.sync([station.line(checkin("c"))])
    with pytest.raises(QuarantineRefused, match="会自己重新上传"):
        replayed(only())


def test_a_fork_of_a_station_that_is_gone_is_taken_into_a_journal_of_the_office(station: FakeStation) -> None:
    line = fork(station)
    revoke(station.id, timezone.now())
    replayed(only())
    project_all()
    event = Event.objects.get(journal__epoch=RESCUED)
    assert decode_entry(bytes(event.line)) == decode_entry(line)
    assert Journal.objects.get(epoch=RESCUED).head == 1
    assert visits() == 2


def test_a_rescued_fork_that_the_station_brings_after_all_counts_once(station: FakeStation) -> None:
    fork(station)
    station.epoch, station.next_seq, station.acked = "epoch-2", 1, 0
    station.sync()
    replayed(only())
    tell(station, checkin("b"), at=AT)
    assert visits() == 2


def choke_on_second(events: Sequence[Told]) -> None:
    if any(told.seq == 2 for told in events):
        raise ValueError("cannot")


def test_an_event_that_could_not_be_counted_is_told_once_more(
    station: FakeStation, read_models: list[ReadModel]
) -> None:
    choking = telling(choke_on_second)
    read_models.append(choking)
    tell(station, checkin("a"), checkin("b"))
    assert visits() == 1
    with pytest.raises(QuarantineRefused, match="仍然无法计入：ValueError"):
        replayed(only())
    with pytest.raises(QuarantineRefused, match="不能再改"):
        replayed(only(), b"{}")
    read_models.remove(choking)
    replayed(only())
    assert cells() == [(AT.date(), 9, "courier", 2, 0)]


def test_a_dropped_record_waits_no_longer_and_keeps_its_bytes(station: FakeStation) -> None:
    station.sync([POISON])
    drop(only().id, "测试时扫的", timezone.now())
    record = only()
    assert (record.resolution, record.note, bytes(record.line)) == ("dropped", "测试时扫的", POISON)
    assert not list_records()
    assert list(list_records(station.id, resolved_too=True)) == [record]
    assert not list_records("330211-01", resolved_too=True)


def test_a_record_done_with_on_the_page_says_by_whom(clerk: Client, station: FakeStation) -> None:
    station.sync([POISON])
    for _ in range(2):
        assert clerk.post(f"/waiting/{only().id}/done").status_code == 302
    assert (only().resolution, only().note) == ("dropped", "网页：clerk")


@pytest.mark.parametrize(("line", "shown"), [
    (b"a\\xff", r"a\\xff"), (b"\xff\x00\n", r"\xff\x00\x0a"), ("汉\u202e\x80".encode(), r"汉\u{202e}\u{80}"),
])
def test_what_a_terminal_could_obey_is_shown_escaped(line: bytes, shown: str) -> None:
    assert printable(line.decode(errors="surrogateescape")) == shown


def test_a_record_is_not_dropped_without_a_reason(station: FakeStation) -> None:
    station.sync([POISON])
    with pytest.raises(QuarantineRefused, match="理由"):
        drop(only().id, " ", timezone.now())
