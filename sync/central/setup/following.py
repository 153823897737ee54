"""The read model of set-up tests: each sheet once, with whether its signature holds."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sync.central.core.projecting.read_models import Told
from sync.protocol import limits
from sync.protocol.events import StationTested
from sync.protocol.limits import as_key, fitted
from sync.protocol.sheets import is_passed, is_proven, sheet_of

from .models import Sheet


def follow_tests(events: Sequence[Told]) -> None:
    """Take sheets in."""
    sheets = [_sheet(told, told.event) for told in events if isinstance(told.event, StationTested)]
    Sheet.objects.bulk_create(sheets, ignore_conflicts=True)


def forget_tests() -> None:
    """Empty what events made."""
    Sheet.objects.all().delete()


def _sheet(told: Told, tested: StationTested) -> Sheet:
    return Sheet(
        station_id=told.station,
        signature=as_key(tested.signature, limits.SIGNATURE_CHARS),
        tested_at=told.at_utc,
        who=fitted(tested.who, limits.NAME_CHARS),
        program=fitted(tested.program, limits.NAME_CHARS),
        key=as_key(tested.key),
        parts=[
            {name: as_key(value) for name, value in msgspec.to_builtins(part).items()}
            for part in tested.parts[:limits.MOST_PARTS]
        ],
        text=sheet_of(tested).replace("\0", ""),
        is_passed=is_passed(tested),
        # A sheet of another station proves nothing of this one.
        is_proven=tested.station == told.station and is_proven(tested),
    )
