"""The stage: which screen is shown, what runs behind it, and when it is left."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final, Literal, TypeVar

from kiosk.clock import Clock
from kiosk.services.board import Board
from kiosk.ui.frame import Frame
from kiosk.ui.sounds import Earcon, Sounds
from kiosk.ui.ticks import later
from kiosk.ui.words import _
from kiosk.ui.worker import Worker
from sync.station.errors import NotEnrolled, StoreDamaged, StoreNewer

from .base import KioskScreen, Services
from .book import BookScreen
from .cards import AmenitiesScreen, HelpScreen
from .causes import Failure, failure_of
from .checked_in import CheckedInScreen
from .choose import ChooseScreen
from .failure import FailureScreen
from .home import HomeScreen
from .idle import IdleWatch
from .keypad import KeypadScreen
from .lent import LentScreen
from .out_of_order import OutOfOrderScreen
from .returned import ReturnedScreen
from .scan_here import BorrowScreen, ReturnScreen
from .scans import ScanDesk
from .unknown import UnknownScreen

log = logging.getLogger(__name__)

T = TypeVar("T")
PATIENCE_S: Final = 0.012   # a commit takes a few milliseconds; what takes longer comes with a later frame
SPINNER_S: Final = 0.3
SENTENCE_S: Final = 2.0
_SCANS_KEPT: Final = 3
_KINDS: Final = (
    HomeScreen, CheckedInScreen, BookScreen, BorrowScreen, ReturnScreen, LentScreen, ReturnedScreen, ChooseScreen,
    UnknownScreen, KeypadScreen, FailureScreen, OutOfOrderScreen, HelpScreen, AmenitiesScreen,
)
SCREENS: Final[dict[str, type[KioskScreen]]] = {kind.name: kind for kind in _KINDS}


class KioskStage:
    """Shows screens, runs their work one at a time, and leaves them when nobody is there."""

    def __init__(self, frame: Frame, clock: Clock, worker: Worker, sounds: Sounds) -> None:
        self.clock = clock
        self.board: Board | None = None
        self.on_broken: Callable[[Exception], object] | None = None
        self.on_shown: Callable[[], object] | None = None
        self._frame = frame
        self._worker = worker
        self._sounds = sounds
        self._services: Services | None = None
        self._made: dict[str, KioskScreen] = {}
        self._screen: KioskScreen | None = None
        self._shown_s = 0.0
        self._idle = IdleWatch(clock)
        self._desk = ScanDesk(self)
        self._scans: deque[bytes] = deque(maxlen=_SCANS_KEPT)
        self._busy = False
        frame.on_touched = self.touched

    @property
    def services(self) -> Services:
        """The services; raises NotEnrolled before the store is open."""
        if self._services is None:
            raise NotEnrolled("the store is not open")
        return self._services

    @property
    def is_open(self) -> bool:
        """Whether the store is open."""
        return self._services is not None

    @property
    def is_busy(self) -> bool:
        """Whether something is being done for the worker in front."""
        return self._busy

    @property
    def screen(self) -> KioskScreen | None:
        """What is shown."""
        return self._screen

    def get(self, name: str) -> KioskScreen:
        """A screen, made the first time it is wanted."""
        if name not in self._made:
            screen = SCREENS[name](self)
            self._made[name] = screen
            if self.board is not None:
                screen.board_changed(self.board)
        return self._made[name]

    def warm_up(self) -> bool:
        """Make one more screen beforehand; False when all are made."""
        missing = [name for name in SCREENS if name not in self._made]
        if missing:
            self.get(missing[0])
        return bool(missing)

    def open(self, services: Services, board: Board) -> None:
        """The store is open: begin."""
        self._services = services
        self.set_board(board)
        self.show("home")

    def close(self, failure: Failure) -> None:
        """The store cannot be used."""
        self._services = None
        self._scans.clear()
        self.show("out_of_order", failure)

    def set_board(self, board: Board) -> None:
        """Show a board, if anything on it is new."""
        if board == self.board:
            return
        self.board = board
        for screen in self._made.values():
            screen.board_changed(board)
        self._show_bars()

    def show(self, name: str, answer: object = None) -> None:
        """Show a screen with an answer."""
        screen = self.get(name)
        if self._screen is not None and self._screen is not screen:
            self._screen.leave()
        self._screen = screen
        self._frame.ask_no_more()
        screen.enter(answer)
        self.restart_countdown()
        self._idle.touched()
        self._frame.put(screen, whole=screen.is_whole)
        self._show_bars()
        if self.on_shown is not None:
            self.on_shown()

    def go_home(self, how: Literal["home", "idle", "next"] = "home") -> None:
        """End the visit, show home."""
        self._desk.forget()
        if self._services is None:
            return
        services = self._services
        self.show("home")
        self.quietly(lambda: (services.visits.end(how), services.boards.board())[1], self.set_board)

    def restart_countdown(self) -> None:
        """Give a result card its full time."""
        self._shown_s = self.clock.monotonic()
        if self._screen is not None and self._screen.leaves_after_s:
            self._screen.count(int(self._screen.leaves_after_s))

    def run(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Work on the worker thread, come back on Kivy's; while it runs, taps are dropped and scans wait."""
        if self._busy:
            return
        self._busy = self._frame.blocked = True
        waits = (
            later(lambda: self._frame.wait(""), SPINNER_S),
            later(lambda: self._frame.wait(_("请稍等，正在保存，不用再点")), SENTENCE_S),
        )

        def over() -> None:
            for wait in waits:
                wait.cancel()
            self._frame.wait_no_more()
            self._busy = self._frame.blocked = False
            self._idle.touched()

        def worked(answer: T) -> None:
            over()
            try:
                done(answer)
            finally:
                self._next_scan()

        def failed(error: Exception) -> None:
            over()
            self.fail(error)

        self._worker.do(work, worked, failed, patience_s=PATIENCE_S)

    def quietly(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Work that nobody waits for; a fault is logged, and a broken store is told."""
        self._worker.do(work, done, self.failed_quietly)

    def fail(self, error: Exception) -> None:
        """Show the failure card, or out of order if the store is gone."""
        failure = failure_of(error)
        log.warning("failed: %s", failure.code, exc_info=None if failure.is_foreseen else error)
        self._desk.forget()
        self._scans.clear()
        if isinstance(error, (StoreDamaged, StoreNewer, NotEnrolled)) and self.on_broken is not None:
            self.on_broken(error)
        else:
            self.show("failure", failure)

    def play(self, earcon: Earcon) -> None:
        """Play a sound."""
        self._sounds.play(earcon)

    def touched(self) -> None:
        """Somebody is here."""
        self._idle.touched()
        self._frame.ask_no_more()

    def scanned(self, frame: bytes) -> None:
        """A scan, on Kivy's thread; one that comes while something is being done waits its turn."""
        self.touched()
        if self._services is None or self._screen is None:
            return
        if self._busy:
            self._scans.append(frame)
            return
        self._desk.take(frame, self._screen.intent)
        self._next_scan()

    def pulse(self) -> None:
        """Twice a second: countdowns and idleness."""
        screen = self._screen
        if screen is None or self._busy or self._services is None or screen.name == "home":
            return
        if screen.leaves_after_s:
            left = screen.leaves_after_s - (self.clock.monotonic() - self._shown_s)
            if left <= 0:
                self.go_home("idle")
            else:
                screen.count(int(left + 0.999))
            return
        identified = bool(self._services.visits.current.member)
        step = self._idle.step(identified=identified)
        if step == "leave":
            self.go_home("idle")
        elif step == "ask":
            self._frame.ask(self._idle.seconds_left(identified=identified))

    def _next_scan(self) -> None:
        if self._scans and not self._busy and self._screen is not None and self._services is not None:
            later(self._take_waiting)

    def _take_waiting(self) -> None:
        if self._scans and not self._busy:
            self.scanned(self._scans.popleft())

    def failed_quietly(self, error: Exception) -> None:
        """Log what failed in the background; a broken store is told."""
        log.warning("background work failed: %s", failure_of(error).code, exc_info=error)
        if isinstance(error, (StoreDamaged, StoreNewer, NotEnrolled)) and self.on_broken is not None:
            self.on_broken(error)

    def _show_bars(self) -> None:
        top, screen, board = self._frame.ids.top, self._screen, self.board
        if screen is None:
            return
        top.has_back = screen.name != "home"
        settings = board.settings if board else None
        place = " · ".join(filter(None, (settings.name, settings.place))) if settings else ""
        top.title = screen.title if top.has_back else place
        if board is not None:
            top.show_link(online=board.online, pending=board.pending)
