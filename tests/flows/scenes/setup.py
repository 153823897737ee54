"""The set-up test, as a technician works through it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kiosk.stage.checks import Outcome
from sync.protocol.events import StationTested
from sync.station.host.client import Host

if TYPE_CHECKING:
    from kiosk.parts import Parts
    from tests.flows.kiosk import Kiosk

CORNERS = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))     # from the upper left


def with_parts(host: Host | None = None, tried: Mapping[str, Outcome] | None = None) -> Parts:
    """Today's rooms on this machine, and one whose parts come out like this when they are tried."""
    from kiosk.parts import Parts, open_rooms
    from tests.flows.rooms import TriedRoom

    return Parts(host=host, rooms=[*open_rooms(), *([] if tried is None else [TriedRoom(tried)])])


def touch_corners(kiosk: Kiosk, *, off: float = 0.0) -> None:
    root: Any = kiosk.app.root
    for x, down in CORNERS:
        kiosk.touch((x + off) * root.width, (1 - down) * root.height)


def work_through(kiosk: Kiosk) -> None:
    """Everything that wants a hand."""
    kiosk.scan("6901234567892")
    kiosk.tap("开始")       # touch is the first that asks
    kiosk.shows("setup_corners")
    touch_corners(kiosk)
    kiosk.shows("setup_test")
    kiosk.tap("开始").tap("听到了")


def sign(kiosk: Kiosk, who: str = "WANG8") -> None:
    """Type who stands here."""
    kiosk.shows("setup_name")
    for letter in who:
        kiosk.tap_key(letter)
    kiosk.tap("就是我")


def sheets(kiosk: Kiosk) -> list[StationTested]:
    """All that were signed here."""
    return [event for event in kiosk.events() if isinstance(event, StationTested)]


def results(tested: StationTested) -> dict[str, str]:
    """Part → how it came out."""
    return {part.part: part.result for part in tested.parts}
