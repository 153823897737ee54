"""What the journal forgets, and what it never does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from sync.protocol.documents import Command, Copy, encode_document
from sync.protocol.events import BookReturned, CheckedIn, CommandDone, decode_raw_entry
from sync.protocol.wire import Published, Result
from sync.station.journal.retention import Retention, forget_old
from sync.station.store import Store

NOW = datetime(2026, 11, 23, 6, 26, 3, tzinfo=UTC)
OLD = NOW - timedelta(days=100)


def append(store: Store, count: int, at: datetime = OLD) -> None:
    for number in range(count):
        store.journal.append(CheckedIn(checkin=f"c{number}", trade="t"), at=at)


def acknowledge(store: Store, head: int, at: datetime = OLD) -> None:
    store.absorb(store.facts.identity().epoch, head, [], [], "c", at=at)


def forget(store: Store, now: datetime = NOW, *, is_disk_full: bool = False, **limits: int) -> int:
    return forget_old(
        store.journal, store.documents, store.facts.identity().station, now,
        is_disk_full=is_disk_full, retention=Retention(**limits),
    )


def test_what_the_office_has_had_for_ninety_days_is_forgotten(store: Store) -> None:
    append(store, 1_300)
    acknowledge(store, 1_200)
    acknowledge(store, 1_250, NOW - timedelta(days=89))
    assert forget(store) == 1_200
    assert (store.journal.count("acked"), store.journal.count("pending")) == (50, 50)
    assert store.journal.append(CheckedIn(checkin="c", trade="t"), at=NOW).seq == 1_301


def test_when_it_was_acknowledged_counts_and_not_what_the_events_clock_said(store: Store) -> None:
    append(store, 10, datetime(1970, 1, 2, tzinfo=UTC))
    acknowledge(store, 10, NOW - timedelta(days=1))
    assert forget(store) == 0


def test_the_newest_event_of_an_epoch_stays(store: Store) -> None:
    append(store, 5)
    acknowledge(store, 5)
    assert forget(store) == 4
    assert store.journal.top("e1") == 5
    assert store.journal.acked("e1") == 5
    assert store.journal.append(CheckedIn(checkin="c", trade="t"), at=NOW).seq == 6


def test_rejected_and_waiting_events_stay_for_ever(store: Store) -> None:
    append(store, 6)
    store.absorb("e1", 4, [Result(2, "rejected", "event")], [], "c", at=OLD)
    assert forget(store, most=0, most_on_full_disk=0, is_disk_full=True) == 3
    assert (store.journal.count("rejected"), store.journal.count("pending")) == (1, 2)


@pytest.mark.parametrize(("is_disk_full", "left"), [(False, 30), (True, 10)])
def test_too_many_are_forgotten_oldest_first(store: Store, is_disk_full: bool, left: int) -> None:
    append(store, 40, NOW - timedelta(days=3))
    acknowledge(store, 40, NOW - timedelta(days=3))
    assert forget(store, is_disk_full=is_disk_full, most=30, most_on_full_disk=10) == 40 - left
    assert store.journal.count("acked") == left


def test_what_the_screen_counts_today_stays(store: Store) -> None:
    append(store, 20, NOW - timedelta(hours=5))
    acknowledge(store, 20)
    before = store.journal.since(CheckedIn, NOW - timedelta(hours=10))
    assert forget(store, most=0) == 0
    assert store.journal.since(CheckedIn, NOW - timedelta(hours=10)) == before


def test_an_event_of_a_copy_stays_until_its_document_has_taken_it_in(store: Store) -> None:
    for _ in range(4):
        store.journal.append(BookReturned(label="A"), at=OLD, subject="A")
    acknowledge(store, 4)
    assert forget(store) == 0
    station = store.facts.identity().station
    copy = Copy(label="A", seen={f"{station}/e1": 2, f"{station}/other": 9})
    store.absorb("e1", 4, [], [Published("copy", "A", 1, msgspec.Raw(encode_document(copy)))], "d")
    assert forget(store) == 2
    assert [entry.seq for _, entry in store.journal.about("A")] == [3, 4]


def test_an_answer_to_a_command_stays_while_the_command_does(store: Store) -> None:
    station = store.facts.identity().station
    command = Command(command=f"{station}/c", do="self_test", issued_at=OLD, expires_at=OLD, signature="")
    body = msgspec.Raw(encode_document(command))
    store.absorb("e1", 0, [], [Published("command", command.command, 1, body)], "d")
    for name in ("c", "gone", "gone"):
        store.journal.append(CommandDone(command=name, do="self_test", how="done"), at=OLD, subject=f"command/{name}")
    acknowledge(store, 3)
    assert forget(store) == 1, "the first stays for its command, the last as the newest of its epoch"
    assert len(store.journal.about("command/c")) == 1
    store.absorb("e1", 3, [], [Published("command", command.command, 2, None)], "e")
    assert forget(store) == 1
    assert not store.journal.about("command/c")


def test_one_wrong_clock_forgets_nothing(store: Store) -> None:
    append(store, 5, NOW)
    acknowledge(store, 5, max(NOW, NOW + timedelta(days=3_650)))
    assert forget(store) == 0
    assert forget(store, datetime(1, 1, 3, tzinfo=UTC)) == 0


def test_what_an_older_program_acknowledged_goes_only_if_there_is_too_much(store: Store) -> None:
    append(store, 5)
    store.absorb("e1", 5, [], [], "c")
    assert forget(store) == 0
    assert forget(store, most=2) == 3


def test_what_an_older_program_acknowledged_holds_up_nothing(store: Store) -> None:
    append(store, 600)
    store.absorb("e1", 600, [], [], "c")
    append(store, 10)
    acknowledge(store, 610)
    append(store, 1)
    assert forget(store) == 10


def test_an_office_older_than_what_is_kept_gets_the_rest_in_a_new_epoch(store: Store) -> None:
    append(store, 10)
    acknowledge(store, 10)
    append(store, 1, NOW)
    assert forget(store) == 10
    assert store.journal.rewind("e1", 3) == 0
    assert store.journal.acked("e1") == 10
    store.journal.open_epoch("e2", store.facts.identity())
    assert [decode_raw_entry(line).seq for line in store.journal.pending("e2", 9, 10**6)] == [1]
