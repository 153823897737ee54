"""The stage: which screen is shown, what runs behind it, and when it is left."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, TypeVar

from kiosk.clock import Clock
from kiosk.ui.frame import Frame
from kiosk.ui.sounds import Earcon, Sounds
from kiosk.ui.ticks import later
from kiosk.ui.words import use_language
from sync.station.errors import NotEnrolled

from .bars import Bars
from .base import KioskScreen, Panel
from .causes import Failure, failure_of
from .doing import Doing
from .entrance import Entrance
from .failure import FailureScreen
from .glances import Glances
from .ground import Site
from .leaving import Leaving
from .offered import Offered
from .offers import Example, Tile
from .opened import Opened
from .out_of_order import OutOfOrderScreen
from .room import AnyRoom
from .scans import ScanDesk
from .screens import Screens
from .step import Step
from .worker import Worker

log = logging.getLogger(__name__)

T = TypeVar("T")


class KioskStage:
    """Shows screens, runs their work one at a time, and leaves them when nobody is there."""

    def __init__(
        self, frame: Frame, clock: Clock, worker: Worker, sounds: Sounds, rooms: Sequence[AnyRoom],
        *, site: Site = Site(),     # noqa: B008
    ) -> None:
        self.clock = clock
        self.glances: Glances | None = None
        self.panels: Sequence[type[Panel]] = [panel for room in rooms for panel in room.panels]
        self.entrance = Entrance(rooms, site, clock)
        self._offered = Offered(rooms)
        self._frame = frame
        self._worker = worker
        self._sounds = sounds
        self._opened: Opened | None = None
        self._screen: KioskScreen | None = None
        self.step = Step()
        self.leaving = Leaving(clock, frame)
        self._doing = Doing(frame, worker, over=self.leaving.is_here, then=self._next_scan)
        self._desk = ScanDesk(self, rooms, self._take_waiting)
        self.screens = Screens(self, rooms, own=(FailureScreen, OutOfOrderScreen))
        self._bars = Bars(self, frame, [entry for room in rooms for entry in room.bar()])
        frame.on_touched = self.touched

    @property
    def opened(self) -> Opened:
        """The open store and its services; raises NotEnrolled before."""
        if self._opened is None:
            raise NotEnrolled("the store is not open")
        return self._opened

    @property
    def is_open(self) -> bool:
        """Whether the store is open."""
        return self._opened is not None

    @property
    def is_busy(self) -> bool:
        """Whether something is being done for the worker in front."""
        return self._doing.is_busy

    @property
    def is_settled(self) -> bool:
        """Whether all that was scanned has been handed out."""
        return self._desk.is_settled

    @property
    def screen(self) -> KioskScreen | None:
        """What is shown."""
        return self._screen

    def service(self, kind: type[T]) -> T:
        """The service of this kind; raises NotEnrolled before the store is open, unless it needs none."""
        return self.entrance.find(kind) or self.opened.service(kind)

    def tiles(self) -> list[Tile]:
        """The doors that rooms offer now."""
        return self._offered.tiles(self.glances)

    def examples(self) -> list[Example]:
        """Codes to try in a demo."""
        return self._offered.examples(self.glances)

    def fill(self, note: str) -> str:
        """A poster's words with today's numbers in them."""
        return self._offered.fill(note, self.glances)

    def open(self, opened: Opened, glances: Glances) -> None:
        """The store is open: begin."""
        self._opened = opened
        self.set_glances(glances)
        self.show(self.entrance.open(glances))

    def close(self, failure: Failure) -> None:
        """The store cannot be used; who mends it at the screen is not disturbed when it is tried again."""
        self._opened = None
        self._desk.clear()
        if name := self.entrance.shut(failure.code):
            self.show(name, failure)

    def open_again(self) -> None:
        """What kept the store shut is mended: try it at once."""
        self.entrance.mended()

    def speak(self, language: str) -> None:
        """Make all screens anew in this language."""
        use_language(language)
        self.screens.make_anew()

    def set_glances(self, glances: Glances) -> None:
        """Show these, if anything in them is new."""
        if glances == self.glances:
            return
        self.glances = glances
        self.screens.tell(glances)
        self._bars.show_top(self._screen)
        if before := self.entrance.instead(self._screen, glances):
            self.show(before)

    def show(self, name: str, answer: object = None) -> None:
        """Show a screen with an answer."""
        screen = self.screens.get(name)
        if self._screen is not None and self._screen is not screen:
            self._screen.leave()
        self._screen = screen
        self.step.come_to(screen.intent, is_for_next=screen.is_for_next)
        screen.enter(answer)
        self.restart_countdown()
        self.leaving.is_here()
        self._frame.put(screen, whole=screen.is_whole)
        self._bars.show(screen)

    def go_home(self, how: Literal["home", "idle", "next"] = "home") -> None:
        """End the visit, show home."""
        if how != "idle":   # what still lies under the scanner was done when its card has left
            self._desk.forget()
        self._frame.miss_no_more()
        if self._opened is None:
            return
        opened = self._opened
        self.show(self.entrance.home(self.glances))
        self.quietly(lambda: (opened.visits.end(how), opened.look())[1], self.set_glances)

    def restart_countdown(self) -> None:
        """Give a result card its full time."""
        self.leaving.restart(self._screen)

    def miss(self, names: Sequence[str]) -> None:
        """Say what was scanned and not done."""
        self._frame.miss(names)

    def run(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Work on the worker thread, come back on Kivy's; while it runs, taps are dropped and scans wait."""
        self._doing.run(work, done, partial(self._failed, partial(self.run, work, done)))

    def quietly(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Work that nobody waits for; a fault is logged, and a broken store is told."""
        self._worker.do(work, done, self.failed_quietly)

    def fail(self, error: Exception) -> None:
        """Show the failure card, or out of order if the store is gone."""
        failure = failure_of(error)
        log.warning("failed: %s", failure.code, exc_info=None if failure.is_foreseen else error)
        self._desk.forget()
        self._desk.drop()
        if not self.entrance.is_broken(error):
            self.show("failure", failure)

    def failed_quietly(self, error: Exception) -> None:
        """Log what failed in the background; a broken store is told."""
        log.warning("background work failed: %s", failure_of(error).code, exc_info=error)
        self.entrance.is_broken(error)

    def play(self, earcon: Earcon) -> None:
        """Play a sound."""
        self._sounds.play(earcon)

    def touched(self) -> None:
        """A finger is on the glass: a card that would leave stays its full time again."""
        self.leaving.is_here()
        self._frame.miss_no_more()
        self.restart_countdown()

    def scanned(self, frame: bytes) -> None:
        """A scan, on Kivy's thread; one that comes while something is being done waits its turn."""
        self.leaving.is_here()
        if self._screen is None or self._screen.takes_scan(frame) or self._opened is None:
            return
        if self._screen.is_held:
            self.play("no")
            return
        self._desk.arrive(frame)

    def pulse(self) -> None:
        """Twice a second: time, countdowns and idleness."""
        self._bars.show_time()
        screen = self._screen
        if screen is None or self.is_busy or self._opened is None:
            return
        self.screens.warm_up()
        if not screen.is_resting and self.leaving.is_over(screen, identified=bool(self._opened.visits.current.member)):
            self.go_home("idle")

    def _failed(self, again: Callable[[], object], error: Exception) -> None:
        self.fail(error)
        self.step.failed(error, again)

    def _next_scan(self) -> None:
        if self._desk.has_waiting:
            later(self._take_waiting)

    def _take_waiting(self) -> None:
        if not self._desk.has_waiting or self.is_busy or self._opened is None:
            return
        if self._screen is not None and self._screen.is_held:
            self._desk.drop()
            return
        self._desk.hand_out()
        self._next_scan()
