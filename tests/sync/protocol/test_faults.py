"""Faults on the wire."""

from __future__ import annotations

import pytest

from sync.protocol.documents import Fault, decode_document, encode_document
from sync.protocol.documents.faults import key_of_item
from sync.protocol.errors import WireError
from sync.protocol.events import FaultReported, FaultUndone, decode_entry, decode_event, encode_entry
from sync.protocol.limits import AMENITY_CHARS
from sync.protocol.wire import STATION_ID, decode_published
from tests.sync.wire_files import lines_of


def test_the_example_is_what_is_written_today() -> None:
    entries = [decode_entry(line) for line in lines_of("journal-faults-v1.ndjson")]
    assert [entry.event for entry in entries] == [
        FaultReported(report="Rk3vQ0aZ", amenity="微波炉", what="broken"), FaultUndone(report="Rk3vQ0aZ"),
    ]
    again = [decode_entry(encode_entry(entry.seq, entry.at, entry.event)) for entry in entries]
    assert again == entries


def test_the_example_document_is_what_is_written_today() -> None:
    [published] = [decode_published(line) for line in lines_of("published-faults-v1.ndjson")]
    body = bytes(published.body or b"")
    assert encode_document(decode_document(Fault, body)) == body


def test_what_is_wrong_is_one_of_three() -> None:
    with pytest.raises(WireError):
        decode_event(b'{"kind":"fault.reported","report":"a","amenity":"b","what":"haunted"}')


def test_the_longest_key_fits_where_keys_are_kept() -> None:
    assert STATION_ID
    assert len(key_of_item("x" * 32, "名" * AMENITY_CHARS)) == 64
