"""Checking in at the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk


def test_one_tap_checks_in(kiosk: Kiosk) -> None:
    kiosk.tap("外卖配送")
    assert kiosk.says("签到成功")
    assert kiosk.kinds() == ["CheckedIn"]
    kiosk.picture(__import__("pathlib").Path("/tmp/w/p1.png"))
