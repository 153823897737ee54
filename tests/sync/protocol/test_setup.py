"""The sheet of a set-up test: what is signed, and what a signature proves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.protocol.events import StationTested, decode_entry
from sync.protocol.events.setup import PartTested
from sync.protocol.sheets import is_passed, is_proven, sheet_of, sign_sheet
from tests.sync.wire_files import FOLDER

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PARTS = (PartTested("touch", "passed"), PartTested("scanner", "failed", "SETUP-SCANNER"))


def a_sheet(parts: tuple[PartTested, ...] = PARTS, who: str = "WANG8") -> StationTested:
    at = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
    return sign_sheet(
        StationTested(station="330502-01", tested_at=at, who=who, program="2026.12.1", parts=parts, key=""), KEY
    )


def test_the_text_can_be_printed_and_typed_in_again() -> None:
    assert sheet_of(a_sheet()).splitlines() == [
        "yizhan station test 1", "station 330502-01", "at 2026-12-01T01:30:00Z", "program 2026.12.1", "who WANG8",
        "part touch passed", "part scanner failed SETUP-SCANNER", f"key {KEY.public_key().public_bytes_raw().hex()}",
    ]


def test_a_signature_holds_for_just_what_was_signed() -> None:
    sheet = a_sheet()
    assert is_proven(sheet)
    waived = (PARTS[0], PartTested("scanner", "waived", "SETUP-SCANNER", "WANG8"))
    for changed in (
        replace(sheet, who="LI"), replace(sheet, station="330502-02"), replace(sheet, parts=waived),
        replace(sheet, signature=""), replace(sheet, signature="zz"), replace(sheet, key="00" * 32),
        replace(sheet, key=Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()),
    ):
        assert not is_proven(changed)


def test_a_name_of_two_lines_proves_nothing() -> None:
    assert not is_proven(a_sheet(who="WANG\npart camera passed"))


@pytest.mark.parametrize(("parts", "passed"), [
    (PARTS, False), (PARTS[:1], True), ((), False), ((PartTested("scanner", "waived", "X", "LI"),), True),
    ((PartTested("watchdog", "absent"), PARTS[0]), True),
])
def test_what_is_waived_by_name_does_not_stand_in_the_way(parts: tuple[PartTested, ...], passed: bool) -> None:
    assert is_passed(a_sheet(parts)) is passed


def test_the_example_on_the_wire_is_proven() -> None:
    for line in (FOLDER / "journal-setup-v1.ndjson").read_bytes().splitlines():
        event = decode_entry(line).event
        assert isinstance(event, StationTested)
        assert is_proven(event)
