"""What the consultation brings: a door that says whether a doctor can be seen now, and the way to one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Final

from kiosk.stage.base import KioskScreen
from kiosk.stage.checks import Check
from kiosk.stage.glances import Glances
from kiosk.stage.ground import Ground
from kiosk.stage.offers import Tile
from kiosk.stage.room import Room
from kiosk.ui.words import _

from . import words
from .complaint import ComplaintScreen
from .consent import ConsentScreen
from .emergency import CallNowScreen, EmergencyScreen
from .ended import EndedScreen
from .failed import ClosedScreen, FailedScreen
from .front import area
from .language import LanguageScreen
from .service import ConsultationGlance, ConsultationService
from .talks import TalkScreen, TalksScreen
from .waiting import WaitingScreen

BLUE: Final = "#1C66A8"


class ConsultationRoom(Room[ConsultationService]):
    """A doctor by video."""

    screens: ClassVar[Sequence[type[KioskScreen]]] = (
        LanguageScreen, ConsentScreen, EmergencyScreen, CallNowScreen, ComplaintScreen, WaitingScreen, EndedScreen,
        FailedScreen, ClosedScreen, TalksScreen, TalkScreen,
    )
    at_hand: ClassVar[Sequence[type[KioskScreen]] | None] = (LanguageScreen, ConsentScreen, ClosedScreen, TalksScreen)

    def open(self, ground: Ground) -> ConsultationService:
        """The service that counts talks."""
        return ConsultationService(ground)

    def glance(self, service: ConsultationService) -> ConsultationGlance:
        """Whether it works now."""
        return service.glance()

    def tiles(self, glances: Glances) -> Sequence[Tile]:
        """The door; grey with its reason when no doctor can be seen now."""
        glance = glances.find(ConsultationGlance)
        if glance is None or not glance.is_offered:
            return ()
        reason = {
            "window": _("视频没装好"), "camera": _("摄像头没接好"), "line": _("没连上网"), "doctor": _("医生不在"),
        }.get(glance.reason, "")
        first = "consult_language" if len(glance.languages) > 1 else "consult_consent"
        notes = (_("视频问诊，免费"), _("现在有医生在线"))
        door = Tile(
            _("看医生"), "stethoscope", BLUE, _("医生在线"), first, notes=notes, reason=reason,
            explains="consult_closed",
        )
        talks = Tile(_("健康讲座"), "television-play", BLUE, _("专家讲健康"), "talks")
        return (door, talks) if glance.has_talks else (door,)

    def checks(self, service: ConsultationService) -> Sequence[Check]:
        """A call that nobody answers, if a doctor is wanted at this station."""
        plan = service.prepare_trial()
        if plan is None:
            return ()
        from .trial import TRIAL_S, try_call  # brings the network  # noqa: PLC0415

        run = partial(try_call, plan, area())
        return (Check("call", _("视频问诊"), words.trial_words(), TRIAL_S, run),)


ROOM: Final = ConsultationRoom()
