"""It is over: the doctor's words, a code to take the record along, one tap for how it was."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Final

from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.stage.base import KioskScreen, Stage
from kiosk.ui.widgets import Tap
from kiosk.ui.words import _

from .farewell import Farewell
from .qr import QrCode
from .service import ConsultationService

_HOME_S: Final = 20.0
_STARS: Final = 5
PARTS: Final = (QrCode,)     # what the .kv file names


class StarTile(Tap):
    """One of five stars."""

    number = NumericProperty(1)
    is_given = BooleanProperty(False)


class EndedScreen(KioskScreen):
    """Thanks, and what to do now."""

    name: ClassVar[str] = "consult_ended"
    leaves_after_s: float = _HOME_S

    advice = StringProperty("")
    share = StringProperty("")
    thanks = StringProperty("")
    seconds = NumericProperty(_HOME_S)
    _farewell: Farewell | None = None

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        super().__init__(stage, **given)
        self._tiles = [StarTile(number=number) for number in range(1, _STARS + 1)]
        for tile in self._tiles:
            tile.bind(on_release=partial(self._rate))
            self.ids.stars.add_widget(tile)

    def enter(self, answer: object) -> None:
        """Show a call's end, and the office's words when they come."""
        self.title = _("看医生")
        self.advice, self.share, self.thanks = _("正在取医生的话"), "", ""
        for tile in self._tiles:
            tile.is_given, tile.enabled = False, True
        if isinstance(answer, Farewell):
            self._farewell = answer
            answer.listen(self._show)
        self.stage.play("done")

    def leave(self) -> None:
        """Nobody else may see it."""
        if self._farewell is not None:
            self._farewell.listen(None)
        self._farewell = None
        self.advice = self.share = ""

    def count(self, seconds: int) -> None:
        """Time until it leaves."""
        self.seconds = seconds

    def _show(self, farewell: Farewell) -> None:
        state = farewell.state
        self.advice = state.advice if state and state.advice else _("医生没有留文字，照医生刚才说的做就好。")
        self.share = state.share if state else ""
        self.stage.restart_countdown()

    def _rate(self, tapped: StarTile) -> None:
        if self._farewell is None:
            return
        service = self.stage.service(ConsultationService)
        self.run(partial(service.rate, self._farewell.call, tapped.number), partial(self._rated, tapped.number))

    def _rated(self, stars: int, _answer: None) -> None:
        for tile in self._tiles:
            tile.is_given, tile.enabled = tile.number <= stars, False
        self.thanks = _("谢谢您")
        self.stage.play("tick")
        self.stage.restart_countdown()
