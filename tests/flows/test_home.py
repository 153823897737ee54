"""Home with other services than today's: two to twelve doors, and one that cannot be used now."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync.station.store import Standing, Store
from tests.flows.test_pictures import SIZES
from tests.published import IDENTITY, PublishedDocuments, copy, settings

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

OUT = Path(os.environ.get("YIZHAN_SCREENSHOTS", "build/screenshots"))
Start = Callable[..., "Kiosk"]
TRADES = (
    ("truck", "货车司机"), ("car", "网约车"), ("broom", "环卫"), ("hard-hat", "建筑"), ("traffic-light", "交警辅警"),
)


def start_with(start: Start, station: Path, rooms: list[object], size: tuple[int, int]) -> Kiosk:
    from kiosk.parts import Parts

    kiosk = start(station, size=size, parts=Parts(rooms=rooms))  # type: ignore[arg-type]
    kiosk.shows("home")
    kiosk.store.facts.put(Standing(last_success=kiosk.clock.now(), next_sync_s=60))
    return kiosk.pass_time(2)


def check(kiosk: Kiosk) -> None:
    assert kiosk.cut_off() == []
    assert kiosk.collisions() == []
    assert kiosk.hard_to_hit() == []
    assert "…" not in kiosk.words(), "words were cut to fit"


@pytest.mark.parametrize("orientation", SIZES)
@pytest.mark.parametrize("count", [2, 3, 5, 8, 12])
def test_made_up_services_alone_fit(start: Start, station: Path, orientation: str, count: int) -> None:
    from tests.flows.rooms import TILES, alone

    kiosk = start_with(start, station, [*alone(count)], SIZES[orientation])
    kiosk.picture(OUT / orientation / f"60-doors-{count:02}.png")
    check(kiosk)
    for tile in TILES[:count]:
        assert kiosk.offers(tile.text)
        assert tile.live in kiosk.words() or tile.notes


@pytest.mark.parametrize("orientation", SIZES)
@pytest.mark.parametrize("count", [1, 2, 3, 6, 10])
def test_made_up_services_beside_todays_fit(start: Start, station: Path, orientation: str, count: int) -> None:
    from tests.flows.rooms import beside_todays

    kiosk = start_with(start, station, [*beside_todays(count)], SIZES[orientation])
    publish_trades(kiosk)
    kiosk.picture(OUT / orientation / f"61-doors-beside-todays-{count:02}.png")
    check(kiosk)
    assert kiosk.offers("借书")
    assert kiosk.offers("货车司机")


@pytest.mark.parametrize("orientation", SIZES)
@pytest.mark.parametrize("count", [2, 5, 12])
def test_a_service_that_cannot_be_used_is_grey_and_says_why(
    start: Start, station: Path, orientation: str, count: int
) -> None:
    from tests.flows.rooms import TILES, alone

    kiosk = start_with(start, station, [*alone(count, closed=0)], SIZES[orientation])
    kiosk.picture(OUT / orientation / f"62-door-closed-of-{count:02}.png")
    check(kiosk)
    assert kiosk.says("没连上网")
    assert not kiosk.offers(TILES[0].text)
    assert kiosk.offers(TILES[1].text)


def test_a_door_opens_its_screen(start: Start, station: Path) -> None:
    from tests.flows.rooms import alone

    kiosk = start_with(start, station, [*alone(5)], (360, 640))
    assert kiosk.tap("心愿墙").shows("help")


@pytest.mark.parametrize("count", [3, 10])
def test_every_door_can_be_tapped_where_the_shelf_made_way(start: Start, station: Path, count: int) -> None:
    from tests.flows.rooms import TILES, beside_todays

    kiosk = start_with(start, station, [*beside_todays(count)], (360, 640))
    for tile in TILES[:count]:
        assert kiosk.tap(tile.text).shows(tile.opens), tile.text
        kiosk.tap("首页")


def test_doors_can_be_tapped_when_books_have_arrived_and_trades_have_not(start: Start, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "station.db", create=True)
    store.enrol(IDENTITY)
    PublishedDocuments(store).publishes(settings(), *(copy(f"YZ{number}") for number in ("0000001X", "00000028")))
    store.close()
    kiosk = start(tmp_path)
    kiosk.shows("home")
    assert kiosk.says("正在准备")
    assert kiosk.tap("借书").shows("borrow")


def test_a_live_line_changes_with_the_glance(start: Start, station: Path) -> None:
    from tests.flows.rooms import beside_todays

    kiosk = start_with(start, station, [*beside_todays(6)], (360, 640))
    assert kiosk.says("架上 3 本")
    kiosk.office.publishes(copy("YZ00000028", status="missing"))
    kiosk.pass_time(2)
    assert kiosk.says("架上 2 本")


def test_a_service_the_office_does_not_want_here_has_no_door(start: Start, station: Path) -> None:
    from tests.flows.rooms import beside_todays

    kiosk = start_with(start, station, [*beside_todays(3)], (360, 640))
    kiosk.office.publishes(settings(services=("checkin",)))
    kiosk.pass_time(2)
    assert not kiosk.offers("借书")
    assert kiosk.offers("看医生")


def publish_trades(kiosk: Kiosk) -> None:
    from sync.protocol.documents import Trade

    kiosk.office.publishes(*(
        Trade(trade=icon, name=name, short=name, icon=icon, order=3) for icon, name in TRADES
    ))
    kiosk.pass_time(2)


def test_every_door_leads_to_a_screen_that_is_made_before_anybody_comes(start: Start, station: Path) -> None:
    from kiosk.parts import open_rooms
    from kiosk.stage.screens import Screens

    with closing(Store.open(station / "station.db")) as store:
        PublishedDocuments(store).publishes(settings(services=(*settings().services, "consultation")))
    kiosk = start(station)
    assert kiosk.shows("home")
    stage = kiosk.app.stage
    assert stage is not None
    doors = {name for tile in stage.tiles() for name in (tile.opens, tile.explains) if name}
    doors |= {entry.opens for room in open_rooms() for entry in room.bar()}
    assert doors >= {"consult_closed", "borrow", "help"}
    for _screen in stage.screens:
        Screens.warm_up(stage.screens)      # a flow's own does nothing
    made = set(stage.screens._made)
    assert doors <= made
    assert {"checked_in", "lent", "returned", "book", "failure"} <= made, "by a tap or a scan on home"
    assert not {name for name in made if name.startswith("setup_")}, "nobody sets up a station in service"
