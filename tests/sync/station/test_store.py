"""The store: what is appended stays, and a reply is taken in as a whole."""

# What SQLite really did is asked of its own connection.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from sync.protocol.documents import Copy, Trade, encode_document
from sync.protocol.errors import TooLarge, WireError
from sync.protocol.events import (
    BookReturned,
    CheckedIn,
    CodeUnknown,
    Event,
    VisitEnded,
    decode_raw_entry,
    digest_of,
)
from sync.protocol.wire import Published, Result
from sync.station.errors import DocumentMissing, NotEnrolled, StoreError
from sync.station.facts import Standing
from sync.station.store import Identity, Store

from .agent_bench import IDENTITY

CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 11, 23, 14, 26, 3, 120_999, tzinfo=CHINA)


def append(store: Store, count: int = 1, start: int = 1) -> None:
    for number in range(start, start + count):
        store.journal.append(CheckedIn(checkin=f"c{number}", trade="courier"), at=AT)


def seqs(store: Store, epoch: str = "e1") -> list[int]:
    return [decode_raw_entry(line).seq for line in store.journal.pending(epoch, 1_000, 10**9)]


def published(document: Copy | Trade, rev: int = 1) -> Published:
    key = document.label if isinstance(document, Copy) else document.trade
    return Published(document.type, key, rev, msgspec.Raw(encode_document(document)))


def test_every_commit_is_synced_to_the_disk(path: Path) -> None:
    store = Store.open(path)
    connection = store._db.conn
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    store.close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_appended_events_are_numbered_without_gaps_and_found_again(path: Path) -> None:
    store = Store.open(path)
    append(store, 3)
    entry = store.journal.append(BookReturned(label="A"), at=AT, subject="A")
    assert entry.seq == 4
    assert entry.at == AT.replace(microsecond=120_000)
    store.close()
    again = Store.open(path)
    assert again.journal.last() == entry
    assert again.journal.about("A") == [("e1", entry)]
    assert seqs(again) == [1, 2, 3, 4]
    again.close()


def test_an_event_nobody_could_read_again_is_refused_and_takes_no_number(store: Store) -> None:
    broken: list[tuple[Event, datetime]] = [
        (CheckedIn(checkin="c", trade=5), at) for at in [AT]  # pyright: ignore[reportArgumentType]
    ]
    broken.append((CheckedIn(checkin="c", trade="t"), AT.replace(tzinfo=None)))
    for event, at in broken:
        with pytest.raises(WireError):
            store.journal.append(event, at=at)
    with pytest.raises(TooLarge):
        store.journal.append(CodeUnknown(raw="x" * 70_000), at=AT)
    append(store)
    assert seqs(store) == [1]


def test_two_writers_wait_for_each_other(path: Path) -> None:
    def write() -> None:
        store = Store.open(path)
        append(store, 25)
        store.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    store = Store.open(path)
    assert seqs(store) == list(range(1, 101))
    store.close()


def test_another_process_notices_a_write(path: Path, store: Store) -> None:
    other = Store.open(path)
    assert not other.changed()
    append(store)
    assert other.changed()
    assert not other.changed()
    other.close()


def test_entries_since_a_moment_are_found_across_time_zones(store: Store) -> None:
    early = store.journal.append(VisitEnded(how="home", seconds=1), at=AT.astimezone(UTC) - timedelta(hours=1))
    late = store.journal.append(VisitEnded(how="idle", seconds=2), at=AT)
    assert store.journal.since(VisitEnded, AT) == [(late.at, late.event)]
    assert store.journal.since(VisitEnded, early.at)[0] == (early.at, early.event)
    assert store.journal.since(BookReturned, early.at) == []


def test_a_newer_programs_event_is_left_out_and_still_sent(path: Path, store: Store) -> None:
    append(store)
    line = b'{"seq":2,"at":"2026-11-23T06:26:03Z","event":{"kind":"robot.greeted"}}'
    raw = sqlite3.connect(path)
    raw.execute(
        "INSERT INTO journal (epoch, seq, kind, subject, at, body, digest) VALUES ('e1', 2, 'k', 's', '', ?, ?)",
        (line, digest_of(line)),
    )
    raw.commit()
    raw.close()
    assert store.journal.about("s") == []
    assert store.journal.last() is None
    assert store.journal.pending("e1", 10, 10**6)[1] == line


def test_a_batch_is_bounded_by_count_and_bytes_but_never_empty(store: Store) -> None:
    append(store, 5)
    size = len(store.journal.pending("e1", 1, 1)[0])
    assert len(store.journal.pending("e1", 3, 10**6)) == 3
    assert len(store.journal.pending("e1", 9, size * 2)) == 2
    assert len(store.journal.pending("e1", 9, 0)) == 1


def test_a_reply_is_taken_in_as_a_whole(store: Store) -> None:
    append(store, 4)
    trade = Trade(trade="courier", name="快递员", short="快递", icon="truck")
    assert store.absorb("e1", 3, [Result(2, "rejected", "event")], [published(trade)], "g:7")
    assert (store.journal.count("acked"), store.journal.count("rejected"), store.journal.count("pending")) == (2, 1, 1)
    assert store.journal.acked("e1") == 3
    assert store.facts.cursor() == "g:7"
    assert store.documents.get(Trade, "courier") == trade


def test_a_reply_for_an_earlier_enrolment_is_left_alone(store: Store) -> None:
    append(store, 2)
    assert not store.absorb("other", 2, [], [], "g:9")
    assert (store.facts.cursor(), store.journal.count("pending")) == ("", 2)


def test_documents_are_replaced_and_removed_as_a_whole(store: Store) -> None:
    store.absorb("e1", 0, [], [published(Copy(label="A", isbn="1", station="s")), published(Copy(label="B"))], "1")
    store.absorb("e1", 0, [], [published(Copy(label="A", isbn="2"), 2), Published("copy", "B", 3, None)], "2")
    assert store.documents.all(Copy) == [Copy(label="A", isbn="2")]
    assert store.documents.having(Copy, "isbn", "2") == [Copy(label="A", isbn="2")]
    assert store.documents.having(Copy, "station", "s") == []
    with pytest.raises(DocumentMissing):
        store.documents.get(Copy, "B")


def test_the_version_of_the_documents_moves_with_them_alone(store: Store) -> None:
    first = store.documents.version()
    append(store)
    store.absorb("e1", 1, [], [], "1")
    assert store.documents.version() == first
    store.absorb("e1", 1, [], [published(Copy(label="A"))], "2")
    second = store.documents.version()
    store.absorb("e1", 1, [], [Published("copy", "A", 2, None)], "3")
    assert len({first, second, store.documents.version()}) == 3


def test_a_tombstone_of_another_scope_leaves_a_document_alone(store: Store) -> None:
    body = msgspec.Raw(encode_document(Copy(label="A")))
    store.absorb("e1", 0, [], [Published("copy", "A", 5, body, "3305"), Published("copy", "A", 6, None, "33")], "1")
    assert store.documents.find(Copy, "A")
    store.absorb("e1", 0, [], [Published("copy", "A", 7, None, "3305")], "2")
    assert store.documents.find(Copy, "A") is None


def test_a_bad_document_blocks_neither_the_others_nor_the_cursor(store: Store) -> None:
    bad = [
        Published("copy", "X", 1, msgspec.Raw(b'{"label":5}')),
        Published("copy", "Y", 1, msgspec.Raw(b'{"label":"\xff"}')),
        Published("copy", "Z", 1, msgspec.Raw(b"[" * 2_500 + b"]" * 2_500)),
        Published("copy", "V", 2**63, msgspec.Raw(b'{"label":"V","isbn":"1"}')),
        Published("robot", "R", 1, msgspec.Raw(b'{"legs":2}')),
    ]
    store.absorb("e1", 0, [], [*bad, published(Copy(label="A", isbn="1"))], "5")
    assert store.documents.all(Copy) == [Copy(label="A", isbn="1")]
    assert store.documents.find(Copy, "X") is None
    assert store.facts.cursor() == "5"
    # Unknown types, and what cannot be used yet, are kept for a newer program.
    rows = store._db.conn.execute("SELECT type, key FROM document ORDER BY type, key").fetchall()
    assert rows == [("copy", "A"), ("copy", "X"), ("robot", "R")]


def test_a_bad_document_fills_no_log(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.absorb("e1", 0, [], [Published("copy", "X", 1, msgspec.Raw(b'{"label":5}'))], "5")
    for _ in range(3):
        assert store.documents.all(Copy) == []
    assert caplog.text.count("cannot be read") == 1


def test_finding_copies_of_a_title_uses_the_index(store: Store) -> None:
    plan = store._db.conn.execute(
        "EXPLAIN QUERY PLAN SELECT key, body FROM document WHERE type = 'copy' "
        "AND json_extract(body, '$.isbn') = ? ORDER BY +key LIMIT ?", ("1", 10),
    ).fetchall()
    assert "document_copy_isbn" in str(plan)


def test_facts_are_replaced_and_an_unenrolled_store_says_so(path: Path, store: Store) -> None:
    line = Standing(last_success=AT.astimezone(UTC), failing="SYNC-LINE")
    store.facts.put(line)
    assert store.facts.find(Standing) == line
    assert store.facts.find(Identity) == IDENTITY
    empty = Store.open(path.with_name("new.db"), create=True)
    with pytest.raises(NotEnrolled):
        empty.facts.identity()
    with pytest.raises(NotEnrolled):
        append(empty)
    empty.close()
    with pytest.raises(NotEnrolled):
        Store.open(path.with_name("missing.db"))


@pytest.mark.parametrize("again", range(8))
def test_a_new_file_has_its_name_only_when_it_is_whole(tmp_path: Path, again: int) -> None:
    """An agent that runs already looks while the screen enrols: it must never find an empty file."""
    path = tmp_path / "station.db"
    (tmp_path / "station.db.new").write_bytes(b"of an enrolment that lost its power")
    seen: list[str] = []
    began = threading.Event()

    def look() -> None:
        while "whole" not in seen:
            try:
                Store.open(path).close()
                seen.append("whole")
            except NotEnrolled:
                began.set()
            except StoreError as fault:
                seen.extend((repr(fault), "whole"))

    agent = threading.Thread(target=look)
    agent.start()
    assert began.wait(60)
    Store.open(path, create=True).close()
    agent.join(60)
    assert seen == ["whole"]
    assert not list(tmp_path.glob("*.new*"))
