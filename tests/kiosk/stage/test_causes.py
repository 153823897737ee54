from __future__ import annotations

from collections.abc import Iterator

import pytest

from devices.errors import DeviceError
from kiosk.errors import KioskError
from kiosk.lending.errors import QuotaReached
from kiosk.stage.causes import failure_of
from sync.protocol.errors import SyncError
from sync.station.errors import StoreDamaged

Family = KioskError | SyncError | DeviceError


def family(root: type[Family]) -> Iterator[type[Family]]:
    yield root
    for kind in root.__subclasses__():
        yield from family(kind)


def test_codes_are_not_shared_within_the_families() -> None:
    codes = [kind.code for root in (KioskError, SyncError, DeviceError) for kind in family(root)]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("error", [QuotaReached(3), StoreDamaged("at page 7"), DeviceError("scanner", "at page 7")])
def test_a_failure_has_words_and_no_detail(error: Family) -> None:
    failure = failure_of(error)
    assert failure.is_foreseen
    assert failure.cause
    assert failure.next_step
    assert failure.code == error.code
    assert "page 7" not in failure.cause + failure.next_step


def test_the_unforeseen_has_a_code_too() -> None:
    failure = failure_of(RuntimeError("M12345678"))
    assert failure.code == "KIOSK-FAULT"
    assert not failure.is_foreseen
    assert "M12345678" not in failure.cause + failure.next_step
