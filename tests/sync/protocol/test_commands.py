"""Commands: signed, for one station, for a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.protocol.commands import ROWS, id_of, is_genuine, make_command
from sync.protocol.documents import decode_document
from sync.protocol.documents.releases import Command
from sync.protocol.events import CommandDone, decode_entry, encode_entry
from sync.protocol.wire import decode_published
from tests.sync.wire_files import lines_of

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw().hex()
NOW = datetime(2026, 12, 2, 2, 26, 3, tzinfo=UTC)


def test_the_example_events_are_what_is_written_today() -> None:
    entries = [decode_entry(line) for line in lines_of("journal-commands-v1.ndjson")]
    assert [decode_entry(encode_entry(entry.seq, entry.at, entry.event)) for entry in entries] == entries
    assert isinstance(entries[0].event, CommandDone)
    assert entries[0].event.do in ROWS


def test_the_signature_of_the_example_is_good_for_ever() -> None:
    body = decode_published(lines_of("published-releases-v1.ndjson")[-1]).body
    assert is_genuine(decode_document(Command, bytes(body or b"")), PUBLIC, "330502-01")


@pytest.mark.parametrize(
    "changed",
    [
        {"do": "reboot"},
        {"command": "330502-01/other"},
        {"command": "330502-02/Rk3vQ0aZ"},
        {"expires_at": NOW + timedelta(days=900)},
        {"issued_at": NOW + timedelta(seconds=1)},
        {"signature": "00" * 64},
        {"signature": ""},
        {"signature": "no hex"},
    ],
)
def test_what_was_changed_is_not_genuine(changed: dict[str, object]) -> None:
    command = make_command(KEY, "330502-01", "Rk3vQ0aZ", "restart", issued_at=NOW, expires_at=NOW + timedelta(days=1))
    assert id_of(command) == "Rk3vQ0aZ"
    assert is_genuine(command, PUBLIC, "330502-01")
    assert not is_genuine(replace(command, **changed), PUBLIC, "330502-01")


def test_neither_another_key_nor_none_nor_another_station_will_do() -> None:
    command = make_command(KEY, "330502-01", "Rk3vQ0aZ", "restart", issued_at=NOW, expires_at=NOW + timedelta(days=1))
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    for key in (other, "", "zz", "00"):
        assert not is_genuine(command, key, "330502-01")
    assert not is_genuine(command, PUBLIC, "330502-0")
    assert not is_genuine(command, PUBLIC, "330502-02")
