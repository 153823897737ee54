"""What stands on the screen before there is anything to offer, or when nothing can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync.station.store import Store
from tests.flows.test_pictures import OUT, SIZES
from tests.published import IDENTITY

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk


@pytest.mark.parametrize("orientation", SIZES)
def test_home_before_the_first_sync_fits(start: Callable[..., Kiosk], tmp_path: Path, orientation: str) -> None:
    store = Store.open(tmp_path / "station.db", create=True)
    store.enrol(IDENTITY)
    store.close()
    kiosk = start(tmp_path, size=SIZES[orientation])
    assert kiosk.says("正在准备，马上就好")
    kiosk.picture(OUT / orientation / "00-home_before_first_sync.png")
    assert kiosk.cut_off() == []
    assert kiosk.collisions() == []
    assert kiosk.hard_to_hit() == []


@pytest.mark.parametrize("orientation", SIZES)
def test_out_of_order_fits(start: Callable[..., Kiosk], tmp_path: Path, orientation: str) -> None:
    (tmp_path / "station.db").write_bytes(b"no database " * 1_000)
    kiosk = start(tmp_path, size=SIZES[orientation])
    assert kiosk.shows("setup_damaged")
    kiosk.picture(OUT / orientation / "90-out_of_order-damaged.png")
    assert kiosk.cut_off() == []
    assert kiosk.collisions() == []
    assert kiosk.hard_to_hit() == []
