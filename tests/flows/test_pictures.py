"""Every screen in every orientation, as a picture in build/screenshots, and measured: no word is cut off."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from devices.codes import make_label
from kiosk.stage.visit import member_hash
from sync.protocol.documents import StationSettings, Title
from sync.station.errors import StoreFull, StoreLocked
from sync.station.store import Standing
from tests.flows.conftest import FONTS
from tests.flows.example import fill
from tests.flows.scenes import Scene, scenes
from tests.published import MEMBER_KEY, STATION, copy, member

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

pytestmark = pytest.mark.slow
OUT = Path(os.environ.get("YIZHAN_SCREENSHOTS", "build/screenshots"))
SIZES = {"portrait": (1080, 1920), "landscape": (1920, 1080), "small": (1280, 800), "near": (1280, 800)}
DPI = {"near": 150}     # a panel of ten inches; the others are as on 32
CARD = "GH33050200001234"
TRAVELLED = ("330211-01", "650102-01", "330211-01", "650102-01", STATION)
NAMES = {"330211-01": "镇海暖新", "650102-01": "胜利路", STATION: "衣裳街"}


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "station"
    fill(folder, folder.parent / "office")
    return folder


def home(kiosk: Kiosk) -> None:
    kiosk.store.facts.put(Standing(last_success=kiosk.clock.now(), next_sync_s=60))
    kiosk.pass_time(2)


def offline(kiosk: Kiosk) -> None:
    kiosk.store.facts.put(Standing(last_success=kiosk.clock.now() - timedelta(days=1), next_sync_s=60))
    kiosk.pass_time(2)


def home_offline(kiosk: Kiosk) -> None:
    offline(kiosk)
    kiosk.tap("外卖配送").tap("完成")


def checked_in(kiosk: Kiosk) -> None:
    kiosk.tap("环卫")


def checked_in_offline(kiosk: Kiosk) -> None:
    offline(kiosk)
    kiosk.tap("快递")


def companion(kiosk: Kiosk) -> None:
    kiosk.tap("建筑").tap("+1 同伴")


def already_checked_in(kiosk: Kiosk) -> None:
    known = kiosk.store.documents.get(StationSettings, STATION)
    rules = replace(known, member_key=MEMBER_KEY, member_pattern="GH[0-9]{14}")
    kiosk.office.publishes(rules, member(member_hash(CARD, rules)))
    kiosk.pass_time(2).scan(CARD)
    kiosk.tap("完成")
    kiosk.pass_time(60).scan(CARD)


def unknown_member(kiosk: Kiosk) -> None:
    already_checked_in(kiosk)
    kiosk.tap("完成").scan("GH00000000000000")


def book(kiosk: Kiosk) -> None:
    kiosk.scan("YZ0000001X")


def book_on_loan(kiosk: Kiosk) -> None:
    kiosk.office.publishes(copy("YZ0000001X", status="on_loan", loans=11, stops=TRAVELLED, names=NAMES))
    kiosk.scan("YZ0000001X")


def book_nobody_knows(kiosk: Kiosk) -> None:
    kiosk.scan("YZ99999993")


def borrow(kiosk: Kiosk) -> None:
    kiosk.tap("借书")


def give_back(kiosk: Kiosk) -> None:
    kiosk.tap("还书")


def lent(kiosk: Kiosk) -> None:
    kiosk.office.publishes(
        Title(
            isbn="9787020049295", title="平凡的世界（全三部）", author="路遥", publisher="人民文学出版社", clc="I247.5"
        ),
        copy("YZ0000001X", isbn="9787020049295", loans=10, stops=TRAVELLED[:4], names=NAMES),
    )
    kiosk.tap("借书").scan("YZ0000001X")


def lent_offline(kiosk: Kiosk) -> None:
    offline(kiosk)
    lent(kiosk)


def lent_long_title(kiosk: Kiosk) -> None:
    kiosk.office.publishes(
        Title(
            isbn="9787111643531", clc="F830", publisher="机械工业出版社",
            title="智能风控：原理、算法与工程实践以及一个长得不像话的副标题，第二版修订本（附光盘）",
            author="[哥伦比亚] 加夫列尔·加西亚·马尔克斯、梅子行、毛鑫宇、某某某",
        ),
        copy("YZ0000001X", isbn="9787111643531", loans=10, stops=TRAVELLED[:4], names=NAMES),
    )
    kiosk.tap("借书").scan("YZ0000001X")


def returned(kiosk: Kiosk) -> None:
    kiosk.office.publishes(copy("YZ0000001X", status="on_loan", loans=11, stops=TRAVELLED, names=NAMES))
    kiosk.tap("还书").scan("YZ0000001X")


def shelved(kiosk: Kiosk) -> None:
    kiosk.tap("还书").scan("YZ0000001X")


def found(kiosk: Kiosk) -> None:
    kiosk.office.publishes(copy("YZ0000001X", status="missing"))
    kiosk.tap("还书").scan("YZ0000001X")


def choose(kiosk: Kiosk) -> None:
    labels = ("YZ0000001X", "YZ00000028", "YZ00000036", "YZ00000044")
    kiosk.office.publishes(*(copy(label, isbn="9787506365437") for label in labels))
    kiosk.tap("借书").scan("9787506365437")


def choose_of_many(kiosk: Kiosk) -> None:
    labels = [make_label(number) for number in range(500, 519)]
    kiosk.office.publishes(*(copy(label, isbn="9787506365437") for label in labels))
    kiosk.scan("9787506365437").tap("更多").tap("更多")


def unknown_code(kiosk: Kiosk) -> None:
    kiosk.scan("6901234567892")


def periodical(kiosk: Kiosk) -> None:
    kiosk.scan("9771671688002")


def keypad(kiosk: Kiosk) -> None:
    kiosk.tap("借书").tap("手动输入")
    for key in "0000001":
        kiosk.tap_key(key)


def keypad_refused(kiosk: Kiosk) -> None:
    keypad(kiosk)
    kiosk.tap_key("2")


def failure(kiosk: Kiosk) -> None:
    known = kiosk.store.documents.get(StationSettings, STATION)
    kiosk.office.publishes(replace(known, loan_quota=1))
    kiosk.pass_time(2).tap("借书").scan("YZ0000001X").scan("YZ00000028")


def failure_disk_full(kiosk: Kiosk) -> None:
    stage: Any = kiosk.app.stage
    stage.fail(StoreFull())


def failure_store_locked(kiosk: Kiosk) -> None:
    stage: Any = kiosk.app.stage
    stage.fail(StoreLocked())


def still_there(kiosk: Kiosk) -> None:
    kiosk.scan("YZ0000001X")
    kiosk.pass_time(33)


def _nothing(_answer: object) -> None:
    pass


def saving(kiosk: Kiosk) -> None:
    stage: Any = kiosk.app.stage
    slow_disk = Event()
    stage.run(partial(slow_disk.wait, 4), _nothing)
    kiosk.wait_really(2.5)


def help_card(kiosk: Kiosk) -> None:
    kiosk.tap("求助")


def amenities(kiosk: Kiosk) -> None:
    kiosk.tap("WiFi 设施")


SCENES: list[Callable[[Kiosk], None]] = [
    home, home_offline, checked_in, checked_in_offline, companion, already_checked_in, unknown_member, book,
    book_on_loan, book_nobody_knows, borrow, give_back, lent, lent_offline, lent_long_title, returned, shelved, found,
    choose, choose_of_many, unknown_code, periodical, keypad, keypad_refused, failure, failure_disk_full,
    failure_store_locked, still_there, saving, help_card, amenities,
]
PICTURES = [*((f"{number:02}-{scene.__name__}", scene) for number, scene in enumerate(SCENES, 1)), *scenes()]


@pytest.fixture(scope="module", params=SIZES)
def standing(
    request: pytest.FixtureRequest, display: str, example: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Kiosk]]:
    """An orientation, and a kiosk in it that stands through many scenes, as it does in the field."""
    from tests.flows.kiosk import Kiosk

    folder = tmp_path_factory.mktemp("standing") / "station"
    shutil.copytree(example, folder)
    kiosk = Kiosk(folder, FONTS, size=SIZES[request.param])
    kiosk.app.theme.dpi = DPI.get(request.param, 0)
    yield request.param, kiosk
    kiosk.close()


LONGEST = [(name, scene) for name, scene in PICTURES if name.startswith("longest")]


@pytest.mark.parametrize(("name", "scene"), LONGEST, ids=[name for name, _ in LONGEST])
def test_the_longest_texts_fit_in_large_type(
    standing: tuple[str, Kiosk], example: Path, name: str, scene: Scene
) -> None:
    orientation, kiosk = standing
    kiosk.begin_anew(example)
    kiosk.shows("home")
    kiosk.app.theme.large = True
    scene(kiosk)
    kiosk.picture(OUT / orientation / f"{name}-large.png")
    assert kiosk.cut_off() == []
    assert kiosk.collisions() == []
    assert kiosk.hard_to_hit() == []


@pytest.mark.parametrize(("name", "scene"), PICTURES, ids=[name for name, _ in PICTURES])
def test_every_screen_fits(standing: tuple[str, Kiosk], example: Path, name: str, scene: Scene) -> None:
    orientation, kiosk = standing
    kiosk.begin_anew(example)
    kiosk.shows("home")
    scene(kiosk)
    kiosk.picture(OUT / orientation / f"{name}.png")
    assert kiosk.cut_off() == []
    assert kiosk.collisions() == []
    assert kiosk.hard_to_hit() == []
