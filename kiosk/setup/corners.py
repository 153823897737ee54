"""Touching the four corners: whether the finger is seen where it is, and the panel put right if it is not."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from kivy.properties import NumericProperty, StringProperty

from kiosk.stage.checks import Outcome
from kiosk.ui.ticks import Tick, later
from kiosk.ui.words import _
from sync.station.host.table import Matrix, ScreenSet

from .base import SetupScreen
from .calibration import Touched, corrected, farthest_mm
from .errors import TouchAstray
from .service import TOUCH, SetupService
from .test import Tried

_TARGETS: Final = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))     # from the upper left corner
_PATIENCE_S: Final = 30.0
_GOOD_MM: Final = 5.0       # as well as a finger hits a cross
_BAD_MM: Final = 12.0       # farther off, what is tapped is not what was meant


class CornersScreen(SetupScreen):
    """A cross in each corner in turn."""

    name: ClassVar[str] = "setup_corners"

    place = NumericProperty(0)
    across = NumericProperty(0.1)       # of the cross, from the left
    up = NumericProperty(0.9)           # … and from below
    advice = StringProperty("")
    mm = NumericProperty(1)             # pixels
    _patience: Tick | None = None

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Begin with the first corner."""
        self._is_second_round = False
        self._screen: ScreenSet | None = None
        self.stage.quietly(self.stage.service(SetupService).find_screen, self._found_screen)
        self._begin(_("请用手指点十字的正中"))

    def leave(self) -> None:
        """Wait no longer."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def on_touch_down(self, touch: Any) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]  # Kivy's own  # noqa: ANN401
        """A finger, wherever it is seen."""
        seen = touch.x / max(1.0, self.width), 1 - touch.y / max(1.0, self.height)
        self._touches.append(Touched(_TARGETS[int(self.place)], seen))
        self.stage.play("tick")
        if len(self._touches) < len(_TARGETS):
            self._aim()
        else:
            self._judge()
        return True

    def _begin(self, advice: str) -> None:
        self.advice = advice
        self._touches: list[Touched] = []
        self._aim()

    def _aim(self) -> None:
        self.leave()
        self.place = len(self._touches)
        self.across, down = _TARGETS[int(self.place)]
        self.up = 1 - down
        self._patience = later(self._give_up, _PATIENCE_S)

    def _judge(self) -> None:
        self.leave()
        off_mm = farthest_mm(self._touches, self.width / self.mm, self.height / self.mm)
        if off_mm <= _GOOD_MM or (off_mm <= _BAD_MM and (self._screen is None or self._is_second_round)):
            found = _("最多差 {mm} 毫米").format(mm=round(off_mm))
            self.stage.show("setup_test", Tried(TOUCH, Outcome("works", found)))
            return
        screen = self._screen
        matrix = corrected(self._touches, screen.rotation, screen.matrix) if screen else None
        if matrix is None or self._is_second_round:
            self._give_up()
        else:
            self._put_right(matrix)

    def _put_right(self, matrix: Matrix) -> None:
        def work() -> ScreenSet | None:
            service = self.stage.service(SetupService)
            service.set_touch(matrix)
            return service.find_screen()

        def done(screen: ScreenSet | None) -> None:
            self._screen = screen
            self._begin(_("校准好了，请再点一遍"))

        self._is_second_round = True
        self.run(work, done)

    def _found_screen(self, screen: ScreenSet | None) -> None:
        self._screen = screen

    def _give_up(self) -> None:
        failed = Outcome("fails", _(TouchAstray.cause), TouchAstray.code, TouchAstray.next_step)
        self.stage.show("setup_test", Tried(TOUCH, failed))
