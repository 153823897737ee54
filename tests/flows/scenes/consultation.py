"""A doctor by video: its screens, and how a worker gets there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from sync.protocol.calls import CallState
from sync.protocol.documents import Consulting, Phone, StationSettings, Talk
from sync.station.store import Standing
from tests.published import STATION

if TYPE_CHECKING:
    from kiosk.consultation.errors import ConsultationError
    from tests.flows.kiosk import Kiosk

HOURS = "每天 8:00–20:00"
ADVICE = (
    "是肌肉拉伤，骨头没事。\n今天、明天别搬重东西，每天热敷两次，每次 15 分钟。\n"
    "三天还疼，或者腿发麻，去湖州市中心医院骨科，挂号时说驿站看过。"
)
SHARE = "https://office.example/r/9vRk3vQ0aZ7Yp2mWq4sL1t"


def offered(kiosk: Kiosk, *, is_open: bool = True, languages: tuple[str, ...] = ("zh_CN",), ago_s: int = 0) -> None:
    """The office offers a doctor here."""
    known = kiosk.store.documents.get(StationSettings, STATION)
    services = (*(name for name in known.services if name != "consultation"), "consultation")
    phones = (Phone("衣裳街驿站值班", "0572-2061234"),)
    desk = Consulting(desk="doctors", is_open=is_open, hours=HOURS, languages=languages)
    kiosk.office.publishes(replace(known, services=services, phones=phones), desk)
    last = kiosk.clock.now() - timedelta(seconds=ago_s)
    kiosk.store.facts.put(Standing(last_success=last, next_sync_s=60))
    kiosk.pass_time(2)


def consent(kiosk: Kiosk) -> Kiosk:
    offered(kiosk)
    return kiosk.tap("看医生")


def language(kiosk: Kiosk) -> Kiosk:
    offered(kiosk, languages=("zh_CN", "ug", "en"))
    return kiosk.tap("看医生")


def home_with_a_doctor(kiosk: Kiosk) -> None:
    offered(kiosk)


def home_without_a_doctor(kiosk: Kiosk) -> None:
    offered(kiosk, is_open=False)


def closed(kiosk: Kiosk) -> Kiosk:
    offered(kiosk, is_open=False)
    return kiosk.tap("看医生")


def closed_without_a_line(kiosk: Kiosk) -> Kiosk:
    offered(kiosk, ago_s=86_400)
    return kiosk.tap("看医生")


def emergency(kiosk: Kiosk) -> Kiosk:
    return consent(kiosk).tap("同意，继续")


def call_120(kiosk: Kiosk) -> Kiosk:
    emergency(kiosk)
    return kiosk.tap_key("有")


def complaint(kiosk: Kiosk) -> Kiosk:
    return emergency(kiosk).tap("都没有")


def complaints_chosen(kiosk: Kiosk) -> None:
    complaint(kiosk).tap("腰背痛").tap("手脚关节")


def waiting(kiosk: Kiosk) -> Kiosk:
    return complaint(kiosk).tap("不选")


def ended(kiosk: Kiosk, advice: str = ADVICE, share: str = SHARE) -> Kiosk:
    from kiosk.consultation.farewell import Farewell

    offered(kiosk)
    stage: Any = kiosk.app.stage
    farewell = Farewell("call")
    stage.show("consult_ended", farewell)
    farewell.answer(CallState("ended", "talked", 30, 300, advice, share))
    return kiosk.settle()


def ended_without_words(kiosk: Kiosk) -> None:
    ended(kiosk, "", "")


def rate(kiosk: Kiosk, stars: int) -> None:
    stage: Any = kiosk.app.stage
    star = next(tile for tile in stage.screen.ids.stars.children if tile.number == stars)
    kiosk.touch(*star.to_window(*star.center))


def ended_and_rated(kiosk: Kiosk) -> None:
    ended(kiosk)
    rate(kiosk, 4)


def failed(kiosk: Kiosk, error: type[ConsultationError] | None = None) -> Kiosk:
    from kiosk.consultation import errors
    from kiosk.consultation.asked import Wish
    from kiosk.consultation.farewell import Failed

    offered(kiosk)
    stage: Any = kiosk.app.stage
    stage.show("consult_failed", Failed((error or errors.WindowCrashed)(), Wish()))
    return kiosk.settle()


def failed_for_good(kiosk: Kiosk) -> None:
    from kiosk.consultation.errors import OfficeSaidNo

    failed(kiosk, OfficeSaidNo)


def failed_line(kiosk: Kiosk) -> None:
    from kiosk.consultation.errors import LineLost

    failed(kiosk, LineLost)


def failed_camera(kiosk: Kiosk) -> None:
    from kiosk.consultation.errors import CameraLost

    failed(kiosk, CameraLost)


CARD = Talk(
    talk="heat", title="夏天防中暑", kind="card", minutes=3, speaker="王晓云 主治医师", order=1,
    card="早上多喝水，每小时一杯。\n中午 11 点到 3 点，尽量在阴凉处跑单。\n头晕、恶心、不出汗，马上停下，到驿站来。",
)


def talks(kiosk: Kiosk) -> Kiosk:
    kiosk.office.publishes(CARD, replace(CARD, talk="back", title="久坐腰痛，这样活动", minutes=6, order=2))
    offered(kiosk)
    return kiosk.tap("健康讲座")


def talk(kiosk: Kiosk) -> Kiosk:
    return talks(kiosk).tap("夏天防中暑")


WAYS = {
    "consult_language": language,
    "consult_consent": consent,
    "consult_closed": closed,
    "consult_emergency": emergency,
    "consult_120": call_120,
    "consult_complaint": complaint,
    "consult_waiting": waiting,
    "consult_ended": ended,
    "consult_failed": failed,
    "talks": talks,
    "talk": talk,
}
SCENES = [
    home_with_a_doctor, home_without_a_doctor, closed, closed_without_a_line, language, consent, emergency, call_120,
    complaint, complaints_chosen, waiting, ended, ended_without_words, ended_and_rated, failed, failed_for_good,
    failed_line, failed_camera, talks, talk,
]
