from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from sync.central.core.doors import api
from sync.central.core.exchange.queries import EventRow, store_events
from sync.central.core.models import Event, Journal, Quarantine, Station
from sync.protocol import wire
from sync.protocol.events import BookBorrowed, CheckedIn, digest_of
from sync.protocol.wire import Health, Result
from tests.chance import tries

from .conftest import ask, enrolled, on_both_databases
from .fake_station import CHINA, FakeStation

pytestmark = [pytest.mark.django_db, on_both_databases]

CHECKIN = CheckedIn(checkin="c1", trade="courier")
POISON = b'{"seq": oops'


def seqs() -> list[int]:
    return list(Event.objects.order_by("journal", "seq").values_list("seq", flat=True))


def test_events_are_stored_byte_for_byte(station: FakeStation) -> None:
    lines = [station.line(CHECKIN), station.line(BookBorrowed(label="YZ00000019", due_on=date(2026, 12, 23)))]
    receipt = station.sync(lines).receipt
    assert (receipt.head, receipt.results) == (2, ())
    events = list(Event.objects.order_by("seq"))
    assert [bytes(event.line) for event in events] == lines
    assert [event.digest for event in events] == [digest_of(line) for line in lines]
    assert [(event.kind, event.subject) for event in events] == [
        ("checkin.made", ""), ("book.borrowed", "YZ00000019"),
    ]


def test_health_is_kept_with_the_station(station: FakeStation) -> None:
    station.health = Health(version="1.2", pending=5, rejected=-3, free_mb=2**63 - 1, faults=("SCANNER-LOST", "\0"))
    assert station.sync().status == 200
    row = Station.objects.get()
    assert (row.version, row.pending, row.rejected, row.faults) == ("1.2", 5, 0, ["SCANNER-LOST", ""])
    assert row.last_sync_at is not None


def test_a_lost_acknowledgement_doubles_nothing(station: FakeStation) -> None:
    lines = [station.line(CHECKIN), station.line(CHECKIN)]
    station.sync(lines)
    receipt = station.sync([*lines, station.line(CHECKIN)], acked=0).receipt
    assert receipt.head == 3
    assert receipt.results == (Result(1, "duplicate"), Result(2, "duplicate"))
    assert seqs() == [1, 2, 3]


def test_another_digest_is_a_fork_and_nothing_after_it_is_taken(station: FakeStation) -> None:
    station.sync([station.line(CHECKIN)])
    other = station.line(CheckedIn(checkin="c2", trade="other"), seq=1)
    reply = station.sync([other, station.line(CHECKIN)])
    assert reply.receipt.results == (Result(1, "fork"),)
    assert (reply.receipt.head, seqs()) == (1, [1])
    station.sync([other])
    assert bytes(Quarantine.objects.get(why="fork").line) == other


def test_a_forked_station_goes_on_in_a_new_epoch(station: FakeStation) -> None:
    station.sync([station.line(CHECKIN)])
    station.epoch = "epoch-2"
    receipt = station.sync([station.line(CHECKIN, seq=1)], acked=0).receipt
    assert (receipt.head, receipt.results) == (1, ())
    assert Journal.objects.count() == 2


def test_a_gap_is_not_stored_and_head_says_where_to_go_on(station: FakeStation) -> None:
    receipt = station.sync([station.line(CHECKIN, seq=1), station.line(CHECKIN, seq=3)]).receipt
    assert (receipt.head, receipt.results, seqs()) == (1, (), [1])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_poison_is_set_aside_and_the_rest_stored(station: FakeStation, place: int) -> None:
    lines = [station.line(CHECKIN, seq=seq) for seq in (1, 2, 3)]
    lines[place] = POISON
    receipt = station.sync(lines).receipt
    assert receipt.results == (Result(place + 1, "rejected", "line"),)
    assert receipt.head == 3
    assert seqs() == [seq for seq in (1, 2, 3) if seq != place + 1]
    assert bytes(Quarantine.objects.get().line) == POISON
    again = station.sync(lines, acked=0).receipt
    assert {result.status for result in again.results} == {"duplicate", "rejected"}
    assert Quarantine.objects.count() == 1


def test_a_lone_poison_does_not_block_the_next_event(station: FakeStation) -> None:
    station.sync([station.line(CHECKIN, seq=1)])
    assert station.sync([POISON]).receipt.results == (Result(2, "rejected", "line"),)
    assert station.sync([POISON], acked=1).receipt.results == (Result(2, "rejected", "line"),)
    assert station.sync([station.line(CHECKIN, seq=3)]).receipt.head == 3


def test_poison_does_not_take_a_number_the_office_forgot(station: FakeStation) -> None:
    station.sync([station.line(CHECKIN, seq=1)])
    assert station.sync([POISON], acked=50).receipt.head == 1
    assert not Quarantine.objects.exists()


def test_a_line_that_lies_about_its_number_is_set_aside(station: FakeStation) -> None:
    lines = [station.line(CHECKIN, seq=seq) for seq in (1, 9_999, 3)]
    receipt = station.sync(lines).receipt
    assert (receipt.head, receipt.results) == (3, (Result(2, "rejected", "seq"),))


@pytest.mark.parametrize(("line", "code"), [
    (b"", "line"),
    (b"\xff\xfe", "line"),
    (b"[" * 50_000, "line"),
    (b'{"seq":1,"at":"2026-11-23T14:26:03+08:00","event":{"kind":"checkin.made"}}', "event"),
    (b'{"seq":1,"at":"2026-11-23T14:26:03","event":{"kind":"checkin.made","checkin":"a","trade":"b"}}', "line"),
    (b'{"seq":1,"at":"2026-11-23T14:26:03+08:00","event":{}}', "line"),
    (b'{"seq":1,"at":"2026-11-23T14:26:03+08:00","event":{"kind":"x","pad":"' + b"y" * 70_000 + b'"}}', "size"),
])
def test_each_broken_line_has_a_code(station: FakeStation, line: bytes, code: str) -> None:
    assert station.sync([line]).receipt.results == (Result(1, "rejected", code),)
    assert len(Quarantine.objects.get().line) <= 64 * 1024


def test_an_unknown_kind_is_stored(station: FakeStation) -> None:
    line = b'{"seq":1,"at":"2026-11-23T14:26:03+08:00","event":{"kind":"tea.poured","cups":2,"label":"x"}}'
    assert station.sync([line]).receipt.results == ()
    assert Event.objects.get().kind == "tea.poured"


def test_odd_text_in_an_event_is_stored(station: FakeStation) -> None:
    lines = [
        station.line(BookBorrowed(label="\0汉" * 200, due_on=date(2026, 12, 1))),
        b'{"seq":2,"at":"2026-11-23T14:26:03+08:00","event":{"kind":"' + b"k" * 500 + b'"}}',
    ]
    assert station.sync(lines).receipt.results == ()
    assert Event.objects.get(seq=1).subject == "汉" * 64


@pytest.mark.parametrize("at", [
    datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12))),
    datetime(1970, 1, 1, tzinfo=UTC),
])
def test_absurd_times_are_stored(station: FakeStation, at: datetime) -> None:
    for sent_at in (datetime.now(UTC), datetime(1, 1, 1, tzinfo=CHINA), datetime(9999, 12, 31, tzinfo=UTC)):
        line = station.line(CHECKIN, at=at)
        assert station.sync([line], sent_at=sent_at).receipt.results == ()


def test_a_wrong_clock_is_corrected_by_what_it_said_now(station: FakeStation) -> None:
    wrong = datetime.now(UTC) - timedelta(days=3_650)
    station.sync([station.line(CHECKIN, at=wrong - timedelta(minutes=10))], sent_at=wrong)
    off = Event.objects.get().at_utc - (datetime.now(UTC) - timedelta(minutes=10))
    assert abs(off.total_seconds()) < 5


def test_a_delay_on_the_way_is_no_wrong_clock(station: FakeStation) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    station.sync([station.line(CHECKIN, at=now)], sent_at=now - timedelta(seconds=2))
    assert Event.objects.get().at_utc == now


def test_an_upload_of_a_minute_is_no_wrong_clock(station: FakeStation) -> None:
    sent = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=70)
    body = station.body([station.line(CHECKIN, at=sent)], sent_at=sent)
    assert station.send(body, station.signed(body, created=sent)).status == 200
    assert Event.objects.get().at_utc == sent


def test_a_known_offset_is_taken_however_long_the_upload(station: FakeStation) -> None:
    signed = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=40)
    wrong = signed - timedelta(hours=3)
    body = station.body([station.line(CHECKIN, at=wrong)], sent_at=wrong)
    assert station.send(body, station.signed(body, created=signed)).status == 200
    assert Event.objects.get().at_utc == signed


@pytest.mark.parametrize(("changes", "code"), [
    ({"v": 99}, "version"), ({"v": 0}, "version"), ({"epoch": ""}, "header"), ({"epoch": "e" * 65}, "header"),
    ({"install": "a\0b"}, "header"), ({"sent_at": datetime(2026, 1, 1)}, "header"),  # noqa: DTZ001
])
def test_a_header_out_of_range_is_a_400(station: FakeStation, changes: dict[str, Any], code: str) -> None:
    reply = station.sync(**changes)
    assert (reply.status, reply.refusal.code) == (400, code)


@pytest.mark.parametrize("body", [
    b"", b"\x00", b"<html>login</html>",
    *(gzip.compress(plain, mtime=0) for plain in (b"", b"\n\n", b"{}\n", b"\xff\xff", b"[" * 100_000)),
    gzip.compress(b"x" * 500, mtime=0)[:-9],
])
def test_nonsense_well_signed_is_a_400(station: FakeStation, body: bytes) -> None:
    reply = station.send(body)
    assert (reply.status, reply.refusal.code) == (400, "header")


def test_a_gzip_bomb_and_too_much_of_anything_is_a_413(station: FakeStation) -> None:
    bomb = gzip.compress(b"\0" * (wire.MAX_INFLATED_BYTES + 1), compresslevel=1)
    many = station.body([b"{}"] * (wire.MAX_EVENTS + 1))
    for body in (bomb, many, b"\0" * (wire.MAX_BODY_BYTES + 1)):
        reply = station.send(body)
        assert (reply.status, reply.refusal.code) == (413, "too-large")
    assert not Quarantine.objects.exists()


def test_the_next_exchange_is_when_the_settings_say(station: FakeStation, settings: Any) -> None:
    settings.YIZHAN_SYNC_PERIOD_S = 7.5
    assert station.sync().receipt.next_sync_s == 7.5


def test_a_database_that_is_away_is_a_503(station: FakeStation, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(api, "exchange", fail)
    reply = station.sync()
    assert (reply.status, reply.refusal.code) == (503, "busy")


def test_what_the_database_will_not_store_is_known_for_its_fault(station: FakeStation) -> None:
    now = datetime.now(UTC)
    row = EventRow(Journal.objects.get().id, 1, "k", "", "", now, b"", "", now)
    with pytest.raises(IntegrityError), transaction.atomic():
        store_events([row, row])


def test_a_fault_of_ours_has_a_code_and_no_traceback(station: FakeStation, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(api, "exchange", fail)
    reply = station.sync()
    assert (reply.status, reply.refusal.code) == (500, "server")
    assert b"Zero" not in reply.body


def test_other_addresses_and_methods_are_refused_with_a_code() -> None:
    for method, path, code in (("GET", wire.SYNC_PATH, "method"), ("POST", "/api/v1/nothing", "not-found")):
        response = ask(method, path)
        assert wire.decode(wire.Refusal, bytes(response.body)).code == code


class AnyBytes(TestCase):
    """Whatever is sent, well signed or not, the answer is ours."""

    @hypothesis_settings(max_examples=tries(15))
    @given(lines=st.lists(st.binary(max_size=80).filter(lambda line: b"\n" not in line), max_size=6), data=st.data())
    def test_lines(self, lines: list[bytes], data: st.DataObject) -> None:
        station = enrolled()
        good = [station.line(CHECKIN, seq=seq) for seq in data.draw(st.lists(st.integers(1, 5), max_size=4))]
        mixed = data.draw(st.permutations([*lines, *good]))
        reply = station.sync(mixed)
        assert reply.status == 200
        aside = set(Quarantine.objects.exclude(why="fork").values_list("seq", flat=True))
        assert sorted([*seqs(), *aside]) == list(range(1, reply.receipt.head + 1))

    @hypothesis_settings(max_examples=tries(15))
    @given(body=st.binary(max_size=200), junk=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
    def test_bodies_and_headers(self, body: bytes, junk: str) -> None:
        station = enrolled()
        assert station.send(body).status == 400
        good = station.signed(body)
        for name in good:
            reply = station.send(body, {**good, name: junk})
            assert reply.status == 401
            assert reply.refusal.code
