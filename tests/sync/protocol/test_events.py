"""Journal lines: what is written, what an old or a newer line means."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol import events
from sync.protocol.errors import SyncError, UnknownKind, WireError
from sync.protocol.events import (
    BookBorrowed,
    CheckedIn,
    decode_entry,
    decode_event,
    decode_raw_entry,
    digest_of,
    encode_entry,
    kind_of,
    kind_on_wire,
    known_kinds,
    renumber_entry,
)
from tests.sync.wire_files import lines_of, lines_of_all

CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 11, 23, 14, 26, 3, 120_000, tzinfo=CHINA)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
some_events = st.one_of(
    st.builds(CheckedIn, checkin=words, trade=words, member=words, companion=st.booleans()),
    st.builds(BookBorrowed, label=words, due_on=st.dates(), borrower=words, trade=words, repaired=st.booleans()),
    st.builds(events.CodeUnknown, raw=words),
    st.builds(events.VisitEnded, how=st.sampled_from(["home", "idle", "next"]), seconds=st.integers(0, 9_999)),
)
moments = st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=st.sampled_from([UTC, CHINA]))  # noqa: DTZ001


@given(st.integers(1, 2**53 - 1), moments, some_events)
def test_an_entry_survives_the_wire(seq: int, at: datetime, event: events.AnyEvent) -> None:
    line = encode_entry(seq, at, event)
    entry = decode_entry(line)
    assert (entry.seq, entry.event) == (seq, event)
    assert timedelta(0) <= at - entry.at < timedelta(milliseconds=1)
    assert b"\n" not in line


@given(st.integers(1, 1_000), st.integers(1, 1_000), moments, some_events)
def test_renumbering_changes_only_the_number(seq: int, other: int, at: datetime, event: events.AnyEvent) -> None:
    assert renumber_entry(encode_entry(seq, at, event), other) == encode_entry(other, at, event)


def test_every_kind_of_the_example_file_decodes_for_ever() -> None:
    assert {kind_of(decode_entry(line).event) for line in lines_of_all("journal-*.ndjson")} == known_kinds()
    entries = [decode_entry(line) for line in lines_of("journal-v1.ndjson")]
    assert [entry.seq for entry in entries] == list(range(1, 11))
    borrowed = entries[3].event
    assert borrowed == BookBorrowed(
        label="YZ0004217X", due_on=date(2026, 12, 23), borrower="9f2c", trade="courier", repaired=True
    )


def test_an_unknown_field_is_kept_when_renumbered() -> None:
    line = renumber_entry(lines_of("journal-v1.ndjson")[9], 1)
    assert b'"mood":"glad","pages":[1,2]' in line
    assert decode_entry(line).seq == 1


def test_an_unknown_kind_keeps_its_bytes_and_says_what_it_is() -> None:
    line = lines_of("newer-event-v1.ndjson")[0]
    entry = decode_raw_entry(line)
    assert kind_on_wire(entry.event) == "robot.greeted"
    with pytest.raises(UnknownKind, match=r"robot\.greeted"):
        decode_entry(line)
    assert bytes(decode_raw_entry(renumber_entry(line, 4)).event) == bytes(entry.event)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"null", b"[]", b"{", b"\xff\xfe", b'"' * 40, b"[" * 100_000, b'{"seq":1}',
        b'{"seq":0,"at":"2026-01-01T00:00:00Z","event":{}}',
        b'{"seq":-1,"at":"2026-01-01T00:00:00Z","event":{}}',
        b'{"seq":9007199254740992,"at":"2026-01-01T00:00:00Z","event":{}}',
        b'{"seq":1.5,"at":"2026-01-01T00:00:00Z","event":{}}',
        b'{"seq":1,"at":"2026-01-01T00:00:00","event":{}}',
        b'{"seq":1,"at":"yesterday","event":{}}',
        b'{"seq":1,"at":"2026-01-01T00:00:00Z"}',
    ],
)
def test_a_broken_line_is_a_wire_error(line: bytes) -> None:
    with pytest.raises(WireError):
        decode_raw_entry(line)


@pytest.mark.parametrize(
    "raw",
    [
        b"{}", b'{"kind":1}', b'{"kind":"checkin.made"}', b'{"kind":"book.borrowed","label":"A","due_on":"soon"}',
        b'{"kind":"code.unknown","raw":"\xff"}', b'{"kind":"visit.ended","how":"rudely","seconds":1}', b"[]",
    ],
)
def test_a_broken_event_is_a_wire_error(raw: bytes) -> None:
    with pytest.raises(WireError):
        decode_event(raw)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(junk: bytes) -> None:
    for read in (decode_entry, decode_event, kind_on_wire):
        with suppress(SyncError):
            read(junk)


def test_the_digest_is_of_the_exact_bytes() -> None:
    line = encode_entry(1, AT, CheckedIn(checkin="a", trade="courier"))
    assert len(digest_of(line)) == 64
    assert digest_of(line) != digest_of(msgspec.json.format(line, indent=1))
