"""Consultations on the wire."""

from __future__ import annotations

from typing import get_args

import pytest

from sync.protocol.documents import TYPES, Consulting, Talk, decode_document, encode_document
from sync.protocol.errors import WireError
from sync.protocol.events import (
    ConsultationAsked,
    ConsultationConnected,
    ConsultationEnded,
    ConsultationRated,
    decode_entry,
    decode_event,
    encode_entry,
)
from sync.protocol.events.consultations import Outcome
from sync.protocol.wire import decode_published
from tests.sync.wire_files import lines_of

CALL = "Q2Fs0mXr8kSxV1nTtW3e5A"


def test_the_example_is_what_is_written_today() -> None:
    entries = [decode_entry(line) for line in lines_of("journal-consultations-v1.ndjson")]
    assert [entry.event for entry in entries] == [
        ConsultationAsked(call=CALL, language="ug_CN"),
        ConsultationConnected(call=CALL, waited_s=38),
        ConsultationEnded(call=CALL, how="talked", waited_s=38, talked_s=271),
        ConsultationRated(call=CALL, stars=5),
        ConsultationEnded(call="b7RkZq2LwE0uYx9cJd4HfA", how="no-camera", waited_s=0),
    ]
    again = [decode_entry(encode_entry(entry.seq, entry.at, entry.event)) for entry in entries]
    assert again == entries


def test_the_example_documents_are_what_is_written_today() -> None:
    published = [decode_published(line) for line in lines_of("published-consultations-v1.ndjson")]
    assert [one.type for one in published] == [Consulting.type, Talk.type]
    for one in published:
        body = bytes(one.body or b"")
        assert encode_document(decode_document(TYPES[one.type], body)) == body


def test_an_older_document_says_as_much_as_it_knows() -> None:
    assert decode_document(Consulting, b'{"desk":"doctors","is_open":false}').languages == ("zh_CN",)
    assert decode_document(Talk, '{"talk":"a","title":"洗手"}'.encode()).kind == "video"


@pytest.mark.parametrize("how", get_args(Outcome))
def test_every_outcome_is_read(how: str) -> None:
    event = decode_event(f'{{"kind":"consultation.ended","call":"a","how":"{how}","waited_s":1}}'.encode())
    assert isinstance(event, ConsultationEnded)
    assert event.how == how


def test_no_other_outcome_is() -> None:
    with pytest.raises(WireError):
        decode_event(b'{"kind":"consultation.ended","call":"a","how":"abducted","waited_s":1}')


def test_nothing_of_what_was_said_has_a_place_in_an_event() -> None:
    fields = {field for kind in (ConsultationAsked, ConsultationConnected, ConsultationEnded, ConsultationRated)
              for field in kind.__struct_fields__}
    assert fields == {"call", "language", "waited_s", "how", "talked_s", "stars"}
