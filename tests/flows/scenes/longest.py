"""Every free text of every screen as long as it may be: what the office, a title or a number can do to a layout."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from sync.protocol.documents import Amenity, Consulting, Phone, Poster, StationSettings, Talk, Title, Trade
from sync.station.errors import StoreFull
from sync.station.store import Standing
from tests.flows.scenes import consultation, faults
from tests.published import STATION, copy

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

NAME = "湖州市吴兴区衣裳街道红旗路社区新就业形"      # twenty signs, wherever staff type a name
PLACE = "新业态劳动者幸福驿家暖新驿站三号服务点"
TRADE = "新能源汽车充电桩运维"
AMENITY = "自动体外心脏除颤仪"
NETWORK = "YIZHAN-[b]Huzhou-5G-Guest&amp;Co"       # the 32 bytes that a network's name may have
PHONES = (
    Phone(NAME, "0572-2061234-80012"), Phone("Huzhou-Federation-of-Trade-Unions", "+86 572 206 1234"),
    Phone(PLACE, "4008-123-4567 转 8001"), Phone("值班", "13800001111"),
)
TITLE = "智能风控：原理、算法与工程实践以及一个长得不像话的副标题（第二版修订本附光盘）" * 5
LATIN = "Self-Contained Donaudampfschifffahrtsgesellschaftskapitän: a[b]=c[i] & Fault-Tolerant Object-Oriented Systems"
AUTHOR = "[哥伦比亚] 加夫列尔·加西亚·马尔克斯、Maximilian von Hohenzollern-Sigmaringen、" * 4
PUBLISHER = "生活·读书·新知三联书店与机械工业出版社华章分社联合出版中心" * 3
STOPS = ("330211-01", "650102-01", "330302-01", STATION)
NAMES = dict.fromkeys(STOPS, NAME)
LINES = ("新时代的劳动者们请进来歇歇脚吧", "喝口热水充充电再出发不用着急的")
NOTE = "\n".join(["在这里可以喝口热水，歇歇脚，充充电，欢迎您也进来坐一坐。"] * 6)
PENDING = 99_999


def _publish(kiosk: Kiosk, **changes: Any) -> None:
    icons = ("heart-flash", "microwave", "cup-water", "umbrella")
    amenities = tuple(Amenity(f"{AMENITY[:-2]}{place:02}", icons[place % 4]) for place in range(12))
    known = kiosk.store.documents.get(StationSettings, STATION)
    kiosk.office.publishes(
        replace(
            known, name=NAME, place=PLACE, union_office=NAME, phones=PHONES, wifi_name=NETWORK, amenities=amenities,
            **changes,
        ),
        *(Trade(trade=f"t{place}", name=TRADE * 2, short=TRADE[:9], icon="moped", order=place) for place in range(8)),
        Poster(poster="long", lines=LINES, note=NOTE, icon="cup-water", order=-1),
        *(Title(isbn=isbn, title=title, author=AUTHOR, publisher=PUBLISHER, clc="TP311.1234567")
          for isbn, title in (("9787506365437", TITLE), ("9787536692930", LATIN))),
        copy("YZ0000001X", stops=STOPS, names=NAMES, loans=99_999),
        copy("YZ00000036", isbn="9787536692930", stops=STOPS, names=NAMES, loans=99_999),
    )


def offline(kiosk: Kiosk, **changes: Any) -> None:
    """Everything is long, and the line has been away for long."""
    _publish(kiosk, **changes)
    kiosk.store.facts.put(Standing(last_success=kiosk.clock.now() - timedelta(days=30), next_sync_s=60))
    kiosk.pass_time(2)
    _much_waits(kiosk)


def _much_waits(kiosk: Kiosk) -> None:
    root: Any = kiosk.app.root
    root.ids.top.show_link(online=False, pending=PENDING)
    kiosk.settle()


def home(kiosk: Kiosk) -> None:
    offline(kiosk)


def home_with_a_doctor(kiosk: Kiosk) -> None:
    _publish(kiosk)
    consultation.offered(kiosk)
    _much_waits(kiosk)


def checked_in(kiosk: Kiosk) -> None:
    offline(kiosk)
    kiosk.tap(TRADE[:9])
    _much_waits(kiosk)


def book(kiosk: Kiosk) -> None:
    offline(kiosk)
    kiosk.scan("YZ0000001X")
    _much_waits(kiosk)


def book_elsewhere(kiosk: Kiosk) -> None:
    offline(kiosk)
    kiosk.office.publishes(copy("YZ0000001X", station="330211-01", names=NAMES))
    kiosk.scan("YZ0000001X")


def lent(kiosk: Kiosk) -> None:
    offline(kiosk)
    kiosk.tap("借书").scan("YZ0000001X")
    _much_waits(kiosk)


def lent_latin(kiosk: Kiosk) -> None:
    offline(kiosk)
    kiosk.tap("借书").scan("YZ00000036")


def returned(kiosk: Kiosk) -> None:
    offline(kiosk)
    kiosk.office.publishes(copy("YZ00000036", isbn="9787536692930", status="on_loan", stops=STOPS, names=NAMES))
    kiosk.tap("还书").scan("YZ00000036")


def choose(kiosk: Kiosk) -> None:
    offline(kiosk)
    kiosk.office.publishes(copy("YZ00000028", stops=STOPS, names=NAMES))
    kiosk.tap("借书").scan("9787506365437")


def amenities(kiosk: Kiosk) -> None:
    offline(kiosk)
    first, second = (f"{AMENITY[:-2]}{place:02}" for place in range(2))
    kiosk.office.publishes(
        faults.fault(kiosk, item=f"{STATION}/{first}", amenity=first),
        faults.fault(kiosk, item=f"{STATION}/{second}", amenity=second, state="taken"),
    )
    kiosk.pass_time(2).tap("WiFi 设施")
    _much_waits(kiosk)


def eight_amenities(kiosk: Kiosk) -> None:
    offline(kiosk)
    known = kiosk.store.documents.get(StationSettings, STATION)
    kiosk.office.publishes(replace(known, amenities=known.amenities[:8]))
    kiosk.pass_time(2).tap("WiFi 设施")


def what_is_wrong(kiosk: Kiosk) -> None:
    amenities(kiosk)
    kiosk.tap(f"{AMENITY[:-2]}00")


def reported(kiosk: Kiosk) -> None:
    what_is_wrong(kiosk)
    kiosk.tap("坏了")


def help_card(kiosk: Kiosk) -> None:
    offline(kiosk)
    kiosk.tap("求助")


def failure(kiosk: Kiosk) -> None:
    offline(kiosk)
    stage: Any = kiosk.app.stage
    stage.fail(StoreFull())
    kiosk.settle()


def _doctor(kiosk: Kiosk, **changes: Any) -> None:
    _publish(kiosk)
    consultation.offered(kiosk)
    known = kiosk.store.documents.get(StationSettings, STATION)
    kiosk.office.publishes(
        replace(known, phones=PHONES),
        replace(Consulting(desk="doctors", is_open=True, provider=NAME, hours=f"{NAME}，每天 8:00–20:00"), **changes),
    )
    kiosk.pass_time(2)


def consent(kiosk: Kiosk) -> None:
    _doctor(kiosk)
    kiosk.tap("看医生")


def closed(kiosk: Kiosk) -> None:
    _doctor(kiosk, is_open=False)
    kiosk.tap("看医生")


def call_120(kiosk: Kiosk) -> None:
    consent(kiosk)
    kiosk.tap("同意，继续").tap_key("有")


def ended(kiosk: Kiosk) -> None:
    _publish(kiosk)
    consultation.ended(kiosk, consultation.ADVICE * 12)


def failed(kiosk: Kiosk) -> None:
    _publish(kiosk)
    consultation.failed(kiosk)


def _talks(kiosk: Kiosk) -> None:
    _publish(kiosk)
    kiosk.office.publishes(*(
        Talk(talk=str(place), title=title, kind="card", minutes=120, speaker=AUTHOR, order=place, card=TITLE * 4)
        for place, title in enumerate((TITLE, LATIN, *["夏天防中暑"] * 4))
    ))
    consultation.offered(kiosk)


def talks(kiosk: Kiosk) -> None:
    _talks(kiosk)
    kiosk.tap("健康讲座")


def talk(kiosk: Kiosk) -> None:
    talks(kiosk)
    kiosk.tap("Donau")


SCENES = [
    home, home_with_a_doctor, checked_in, book, book_elsewhere, lent, lent_latin, returned, choose, amenities,
    eight_amenities, what_is_wrong, reported, help_card, failure, consent, closed, call_120, ended, failed, talks, talk,
]
