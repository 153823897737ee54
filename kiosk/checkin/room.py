"""What check-in brings: trades on the home screen, member codes, the number of today's visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar, Final

from devices.codes import MemberCode
from kiosk.stage.base import KioskScreen, Panel, Stage
from kiosk.stage.glances import Glances
from kiosk.stage.ground import Ground
from kiosk.stage.room import Room, Take
from kiosk.ui.words import _

from .checked_in import CheckedInScreen
from .service import CheckinGlance, CheckinService, CheckinShown
from .trades import TradesPanel


class CheckinRoom(Room[CheckinService]):
    """One tap on a trade, or one scan of a member code."""

    screens: ClassVar[Sequence[type[KioskScreen]]] = (CheckedInScreen,)
    panels: ClassVar[Sequence[type[Panel]]] = (TradesPanel,)

    def open(self, ground: Ground) -> CheckinService:
        """The service that counts visits."""
        return CheckinService(ground.store, ground.station, ground.visits)

    def glance(self, service: CheckinService) -> CheckinGlance:
        """Trades and today's visits."""
        return service.glance()

    def takes(self) -> Mapping[type, Take]:
        """A member code checks its holder in."""
        return {MemberCode: _check_in}

    def fill(self, note: str, glances: Glances) -> str:
        """`{visits}` in a poster is today's number of visits."""
        if "{visits}" not in note:
            return note
        glance = glances.find(CheckinGlance)
        visits = glance.visits_today if glance else 0
        return note.replace("{visits}", str(visits)) if visits else _("欢迎，您是今天第一位")


def _check_in(stage: Stage, code: MemberCode, _intent: str) -> None:
    stage.run(partial(stage.service(CheckinService).check_in_member, code.code), partial(_welcome, stage))


def _welcome(stage: Stage, shown: CheckinShown) -> None:
    if shown.is_next:
        stage.step.next_person()
    # Book first, then card: who asked for a book sees the book.
    if not (shown.is_member and stage.step.go_on()):
        stage.show("checked_in", shown)


ROOM: Final = CheckinRoom()
