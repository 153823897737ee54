"""What becomes of events when the office forgot, a journal forked, or the station is enrolled again."""

# What SQLite really did is asked of its own connection.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import msgspec
import pytest

from sync.protocol.documents import Copy
from sync.protocol.events import (
    BookShelved,
    decode_raw_entry,
    digest_of,
)
from sync.protocol.wire import Result
from sync.station.store import Store

from .agent_bench import IDENTITY
from .test_store import AT, append, published, seqs


def test_the_office_that_forgot_is_told_again(store: Store) -> None:
    append(store, 5)
    store.absorb("e1", 5, [Result(4, "rejected", "event")], [], "")
    assert store.journal.rewind("e1", 2) == 3
    assert seqs(store) == [3, 4, 5]
    assert store.journal.acked("e1") == 2


def test_a_forked_journal_goes_on_in_a_new_epoch(store: Store) -> None:
    append(store, 4)
    store.absorb("e1", 2, [], [], "")
    renewed = store.journal.open_epoch("e2", store.facts.identity())
    assert renewed.epoch == store.facts.identity().epoch == "e2"
    assert seqs(store) == []
    assert seqs(store, "e2") == [1, 2]
    assert store.journal.append(BookShelved(label="A"), at=AT).seq == 3
    digests = store._db.conn.execute("SELECT body, digest FROM journal").fetchall()
    assert all(digest_of(body) == digest for body, digest in digests)


def test_enrolling_again_carries_what_the_office_lacks(store: Store) -> None:
    append(store, 5)
    store.absorb("e1", 2, [], [published(Copy(label="A"))], "7")
    digest = digest_of(store.journal.pending("e1", 1, 10**6)[0])
    store.enrol(msgspec.structs.replace(IDENTITY, epoch="e2"), previous_head=3, previous_digest=digest)
    assert seqs(store, "e2") == [1, 2]
    assert store.facts.identity().earlier == ("e1",)
    assert [decode_raw_entry(line).event for line in store.journal.pending("e2", 9, 10**6)] != []
    assert (store.journal.count("acked"), store.facts.cursor()) == (3, "")
    assert store.documents.find(Copy, "A")


@pytest.mark.parametrize(("office", "again"), [(IDENTITY.office, [1, 2]), ("https://other.example", [])])
def test_enrolling_again_sends_what_the_office_lost(store: Store, office: str, again: list[int]) -> None:
    append(store, 5)
    store.absorb("e1", 5, [], [], "7")
    store.enrol(msgspec.structs.replace(IDENTITY, epoch="e2", office=office), previous_head=3)
    assert seqs(store, "e2") == again


def test_a_restored_disk_keeps_its_own_events_when_enrolled_again(store: Store) -> None:
    append(store, 5)
    store.absorb("e1", 2, [], [], "7")
    digest = digest_of(b"what the office has at 4")
    store.enrol(msgspec.structs.replace(IDENTITY, epoch="e2"), previous_head=4, previous_digest=digest)
    assert seqs(store, "e2") == [1, 2, 3]


def test_a_copied_disk_keeps_its_own_events_when_enrolled_again(store: Store) -> None:
    append(store, 5)
    store.absorb("e1", 2, [], [], "7")
    store.enrol(msgspec.structs.replace(IDENTITY, epoch="e2", install="another machine"), previous_head=100)
    assert seqs(store, "e2") == [1, 2, 3]


def test_another_stations_documents_are_forgotten(store: Store) -> None:
    store.absorb("e1", 0, [], [published(Copy(label="A"))], "7")
    store.enrol(msgspec.structs.replace(IDENTITY, station="330211-01", epoch="e2"))
    assert store.documents.all(Copy) == []


def test_an_unreadable_event_does_not_hold_up_the_carrying(store: Store) -> None:
    append(store, 3)
    store._db.conn.execute("UPDATE journal SET body = x'00ff' WHERE seq = 2")
    store.enrol(msgspec.structs.replace(IDENTITY, epoch="e2"))
    assert len(store.journal.pending("e2", 9, 10**6)) == 3
