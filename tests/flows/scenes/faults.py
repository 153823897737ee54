"""Reporting a fault: its screens, and how a worker gets there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from sync.protocol.documents import Amenity, Fault, StationSettings
from sync.station.store import Standing
from tests.published import STATION

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

MICROWAVE = "微波炉"


def with_amenities(kiosk: Kiosk) -> Kiosk:
    """The office says what there is, if it has not yet."""
    known = kiosk.store.documents.get(StationSettings, STATION)
    if not known.amenities:
        amenities = (Amenity(MICROWAVE, "microwave"), Amenity("饮用水", "cup-water"), Amenity("雨具", "umbrella"))
        kiosk.office.publishes(replace(known, amenities=amenities))
        kiosk.pass_time(2)
    return kiosk.tap("WiFi 设施")


def fault(kiosk: Kiosk, **changes: Any) -> Fault:
    """What the office publishes of the microwave, changed as wanted."""
    plain = Fault(
        item=f"{STATION}/{MICROWAVE}", amenity=MICROWAVE, what="broken", state="open", since=kiosk.clock.now(), last="r"
    )
    return replace(plain, **changes)


def _online(kiosk: Kiosk, ago: timedelta = timedelta(0)) -> None:
    kiosk.store.facts.put(Standing(last_success=kiosk.clock.now() - ago, next_sync_s=60))
    kiosk.pass_time(2)


def amenities_at_fault(kiosk: Kiosk) -> None:
    water = fault(kiosk, item=f"{STATION}/饮用水", amenity="饮用水", state="taken")
    kiosk.office.publishes(fault(kiosk), water)
    _online(kiosk)
    with_amenities(kiosk)


def amenities_in_large_type(kiosk: Kiosk) -> None:
    amenities_at_fault(kiosk)
    kiosk.app.theme.large = True


def twelve_amenities(kiosk: Kiosk) -> None:
    known = kiosk.store.documents.get(StationSettings, STATION)
    newer = ("AED", "heart-flash"), ("母婴室", "baby-carriage"), ("换电柜", "ev-station"), ("冰箱", "fridge-outline")
    amenities = (*known.amenities, *(Amenity(*each) for each in newer))
    kiosk.office.publishes(replace(known, amenities=amenities))
    amenities_at_fault(kiosk)


def twelve_in_large_type(kiosk: Kiosk) -> None:
    twelve_amenities(kiosk)
    kiosk.app.theme.large = True


def what_is_wrong(kiosk: Kiosk) -> None:
    _online(kiosk)
    with_amenities(kiosk).tap(MICROWAVE)


def what_is_wrong_again(kiosk: Kiosk) -> None:
    amenities_at_fault(kiosk)
    kiosk.tap(MICROWAVE)


def what_in_large_type(kiosk: Kiosk) -> None:
    what_is_wrong_again(kiosk)
    kiosk.app.theme.large = True


def reported(kiosk: Kiosk) -> None:
    what_is_wrong(kiosk)
    kiosk.tap("坏了")


def reported_offline(kiosk: Kiosk) -> None:
    _online(kiosk, timedelta(days=1))
    with_amenities(kiosk).tap(MICROWAVE).tap("脏了")


def reported_before(kiosk: Kiosk) -> None:
    reported(kiosk)
    kiosk.tap("返回设施").tap(MICROWAVE)


def reported_in_large_type(kiosk: Kiosk) -> None:
    reported_offline(kiosk)
    kiosk.app.theme.large = True


WAYS = {
    "what_is_wrong": lambda kiosk: with_amenities(kiosk).tap(MICROWAVE),
    "fault_reported": lambda kiosk: with_amenities(kiosk).tap(MICROWAVE).tap("坏了"),
}
SCENES = [
    amenities_at_fault, amenities_in_large_type, twelve_amenities, twelve_in_large_type, what_is_wrong,
    what_is_wrong_again, what_in_large_type, reported, reported_offline, reported_before, reported_in_large_type,
]
