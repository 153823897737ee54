"""What works from every screen, and what the office changes under the worker's eyes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from sync.protocol.documents import Poster, Trade
from tests.flows.scenes import ways
from tests.published import copy, settings

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

LIVING, THREE_BODY = "YZ0000001X", "YZ00000036"

WAYS: dict[str, Callable[[Kiosk], object]] = {
    "home": lambda kiosk: kiosk,
    "checked_in": lambda kiosk: kiosk.tap("外卖配送"),
    "book": lambda kiosk: kiosk.scan(LIVING),
    "borrow": lambda kiosk: kiosk.tap("借书"),
    "give_back": lambda kiosk: kiosk.tap("还书"),
    "lent": lambda kiosk: kiosk.tap("借书").scan(LIVING),
    "returned": lambda kiosk: kiosk.tap("还书").scan(LIVING),
    "choose": lambda kiosk: kiosk.scan("9787506365437"),
    "unknown": lambda kiosk: kiosk.scan("6901234567892"),
    "keypad": lambda kiosk: kiosk.tap("借书").tap("手动输入"),
    "failure": lambda kiosk: kiosk.tap("借书").scan(LIVING).scan("YZ00000028"),
    "help": lambda kiosk: kiosk.tap("求助"),
    "amenities": lambda kiosk: kiosk.tap("WiFi 设施"),
    **ways(),
}


def test_there_is_a_way_to_every_screen(kiosk: Kiosk) -> None:
    assert kiosk.app.stage
    before_home = {name for name in kiosk.app.stage.screens if name.startswith("setup_")}     # test_setup_test.py
    assert set(WAYS) | {"out_of_order"} | before_home == set(kiosk.app.stage.screens)


@pytest.mark.parametrize("screen", WAYS)
def test_a_scan_works_from_every_screen(kiosk: Kiosk, screen: str) -> None:
    kiosk.office.publishes(settings(loan_quota=1))
    kiosk.pass_time(2)
    WAYS[screen](kiosk)
    assert kiosk.shows(screen)
    assert kiosk.app.stage
    assert kiosk.app.stage.screen
    if kiosk.app.stage.screen.is_held:
        kiosk.scan(THREE_BODY)
        assert kiosk.screen == screen, "who waits for a doctor is not led away"
        kiosk.tap("首页")
    kiosk.scan(THREE_BODY)
    assert kiosk.says("请先放回 1 本" if screen in {"lent", "failure"} else "三体")


def test_what_the_office_publishes_is_on_home_within_two_looks(kiosk: Kiosk) -> None:
    kiosk.office.publishes(
        settings(name="新名字", services=()),
        Trade(trade="driver", name="货车司机", short="货车司机", icon="truck", order=0),
        Poster(poster="rest", lines=("天热了，喝口水",), note="", icon="cup-water"),
        copy("YZ00000028", status="missing"),
    )
    kiosk.pass_time(2)
    assert kiosk.offers("货车司机")
    assert kiosk.says("天热了，喝口水")
    assert kiosk.says("新名字")
    assert not kiosk.offers("借书")


def test_the_bottom_bar_has_the_same_places_on_every_screen(kiosk: Kiosk) -> None:
    def places() -> list[tuple[str, float]]:
        return [(tap.words, tap.x) for tap in kiosk._taps() if tap.top < kiosk.app.theme.u * 140]  # pyright: ignore[reportPrivateUsage]

    at_home = places()
    assert [words for words, _x in at_home] == ["首页", "WiFi 设施", "求助"]
    for way in ("借书", "WiFi 设施", "求助"):
        kiosk.tap(way)
        assert places() == at_home
        kiosk.tap("首页").tap("首页")
        assert kiosk.screen == "home"
