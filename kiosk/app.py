"""The Kivy application: wires real parts together and holds no rules."""

from __future__ import annotations

import logging
from collections import deque
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kivy.app import App
from kivy.base import ExceptionHandler, ExceptionManager
from kivy.core.window import Window
from kivy.properties import ObjectProperty

from devices.base import DeviceState
from devices.listener import ScannerListener
from devices.scanner import SerialScanner
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.parts import Parts, examples_of
from kiosk.screens.base import Services
from kiosk.screens.causes import failure_of
from kiosk.screens.stage import KioskStage
from kiosk.services.board import Board
from kiosk.ui import fonts
from kiosk.ui.bars import BarItem
from kiosk.ui.drawer import Drawer
from kiosk.ui.frame import Frame
from kiosk.ui.kit import load_kit
from kiosk.ui.sounds import Sounds
from kiosk.ui.theme import Theme
from kiosk.ui.ticks import Tick, every, later
from kiosk.ui.widgets import load_kv
from kiosk.ui.words import _, clock_time
from kiosk.ui.worker import Worker

log = logging.getLogger(__name__)

PULSE_S: Final = 0.5
_POLL_S: Final = 1.0        # how often the store is asked whether the agent wrote
_REFRESH_S: Final = 15.0    # the board also changes by the clock alone: midnight, line lost
_MOST_FAULTS: Final = 20    # of the window within a minute
_RETRY_S: Final = 10.0      # a store that could not be opened is tried again


class KeepGoing(ExceptionHandler):
    """A fault in one touch or one drawing is logged and the kiosk goes on; many at once end it, to be restarted."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._faults_s: deque[float] = deque(maxlen=_MOST_FAULTS)

    def handle_exception(self, exception: BaseException) -> Any:  # Kivy types it as always RAISE  # noqa: ANN401
        """What Kivy's loop is to do about it."""
        if not isinstance(exception, Exception):
            return ExceptionManager.RAISE
        log.error("a fault in the window", exc_info=exception)
        self._faults_s.append(self._clock.monotonic())
        many = len(self._faults_s) == _MOST_FAULTS and self._faults_s[-1] - self._faults_s[0] < 60
        return ExceptionManager.RAISE if many else ExceptionManager.PASS


class KioskApp(App):
    """One window; everything it shows is in `stage`."""

    theme = ObjectProperty(None)

    def __init__(self, config: Config, parts: Parts | None = None, clock: Clock | None = None) -> None:
        super().__init__()
        self.use_kivy_settings = False
        self.theme = Theme(dpi=config.dpi)
        self.stage: KioskStage | None = None
        self.scans = 0      # frames that came from any scanner so far
        self._config = config
        self._parts = parts or Parts()
        self._clock = clock or Clock()
        self._worker = Worker()
        self._listeners: list[ScannerListener] = []
        self._devices: dict[str, str] = {}
        self._frame: Frame | None = None
        self._drawer: Drawer | None = None
        self._keep_going = KeepGoing(self._clock)
        self._pulse: Tick | None = None
        self._polling = False
        self._opening = False
        self._polled_s = self._refreshed_s = self._tried_s = self._clock.monotonic()

    @property
    def screen_name(self) -> str:
        """The name of the screen that is shown; empty before there is one."""
        screen = self.stage.screen if self.stage else None
        return screen.name if screen else ""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being done."""
        return self._worker.idle

    @staticmethod
    def has_display() -> bool:
        """Whether Kivy could open a window."""
        return cast("object", Window) is not None

    def words(self) -> list[str]:
        """All words on the screen."""
        return self._frame.words() if self._frame else []

    def build(self) -> Frame:
        """Make the window's widgets."""
        fonts.register(fonts.find_folder(self._config.fonts))
        self._resized()
        Window.bind(size=self._resized)
        Window.clearcolor = self.theme.paper
        load_kit()
        self._frame = frame = Frame()
        frame.ids.top.bind(on_back=self._home)
        sounds = self._parts.sounds or Sounds(silent=not self._config.sounds)
        self.stage = KioskStage(frame, self._clock, self._worker, sounds)
        self.stage.on_broken = self._broken
        self.stage.on_shown = self._show_bottom
        self._show_bottom()
        self._show_time()
        if self._config.demo_socket or self._parts.send:
            load_kv(Path(fonts.__file__).with_name("drawer.kv"))
            self._drawer = Drawer(self._send)
            frame.add_widget(self._drawer)
        return frame

    def on_start(self) -> None:
        """Begin to listen and to look after things."""
        ExceptionManager.add_handler(self._keep_going)
        self._pulse = every(self.pulse, PULSE_S)
        Window.bind(on_flip=self._first_frame)
        scanners = self._parts.scanners
        if scanners is None:
            scanners = [SerialScanner(url, name=name) for name, url in self._named_scanners()]
        for scanner in scanners:
            listener = ScannerListener(scanner, self._on_frame, self._on_state)
            self._listeners.append(listener)
            listener.start()

    def on_stop(self) -> None:
        """Stop listening, close the store, leave nothing behind in Kivy."""
        if self._pulse is not None:
            self._pulse.cancel()
            self._pulse = None
            ExceptionManager.remove_handler(self._keep_going)
        Window.unbind(size=self._resized)
        for listener in self._listeners:
            listener.stop()
        stage = self.stage
        self._worker.stop(stage.services.store.close if stage and stage.is_open else None)

    def pulse(self) -> None:
        """Twice a second: time, idleness, and news from the agent."""
        if self.stage is None:
            return
        self._show_time()
        self.stage.pulse()
        now = self._clock.monotonic()
        if not self.stage.is_open:
            if now - self._tried_s >= _RETRY_S:
                self._open()
            return
        if now - self._polled_s >= _POLL_S and not self._polling and not self.stage.is_busy:
            self._polled_s = now
            self._poll(self.stage, refresh=now - self._refreshed_s >= _REFRESH_S)

    def open_settings(self, *_arguments: object) -> bool:
        """Kivy's own settings stay closed."""
        return False

    def _first_frame(self, *_event: object) -> None:
        """There is something to see: now the store, whose opening would have made the window wait."""
        Window.unbind(on_flip=self._first_frame)
        later(self._open)

    def _open(self) -> None:
        if self._opening:
            return
        self._opening, self._tried_s = True, self._clock.monotonic()

        def work() -> tuple[Services, Board]:
            services = self._parts.open_services(self._config.database, self._clock)
            return services, services.boards.board()

        self._worker.do(work, self._opened, self._not_opened)

    def _opened(self, answer: tuple[Services, Board]) -> None:
        self._opening = False
        if self.stage is None:
            return
        services, board = answer
        self.stage.open(services, board)
        self._show_board(board)
        for device, code in self._devices.items():
            self.stage.quietly(partial(services.equipment.report, device, code), _nothing)
        later(self._warm_up, 1.0)

    def _not_opened(self, error: Exception) -> None:
        self._opening = False
        failure = failure_of(error)
        if self.screen_name != "out_of_order":
            log.error("out of order: %s", error, exc_info=None if failure.is_foreseen else error)
        if self.stage is not None:
            self.stage.close(failure)

    def _broken(self, error: Exception) -> None:
        """The store went bad while it was open: let go of it, and try to open it again later."""
        if self.stage is None or not self.stage.is_open:
            return
        self.stage.quietly(self.stage.services.store.close, _nothing)
        self._tried_s = self._clock.monotonic()
        self._not_opened(error)

    def _poll(self, stage: KioskStage, *, refresh: bool) -> None:
        services = stage.services
        self._polling = True

        def work() -> Board | None:
            return services.boards.board() if services.store.changed() or refresh else None

        def done(board: Board | None) -> None:
            self._polling = False
            if board is not None:
                self._refreshed_s = self._clock.monotonic()
                self._show_board(board)

        def failed(error: Exception) -> None:
            self._polling = False
            stage.failed_quietly(error)

        self._worker.do(work, done, failed)

    def _show_board(self, board: Board) -> None:
        if self.stage is not None:
            self.stage.set_board(board)
        self._show_time()
        if self._drawer is not None:
            self._drawer.show(examples_of(board))

    def _show_time(self) -> None:
        if self._frame is not None:
            self._frame.ids.top.time = clock_time(self._local_time())

    def _local_time(self) -> datetime:
        board = self.stage.board if self.stage else None
        try:
            zone = ZoneInfo(board.settings.timezone if board else "Asia/Shanghai")
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("Asia/Shanghai")
        return self._clock.now().astimezone(zone)

    def _show_bottom(self) -> None:
        if self._frame is None or self.stage is None:
            return
        home = [BarItem("home", _("首页"), self._home)] if self.screen_name != "home" else []
        items = [
            *home,
            BarItem("wifi", _("WiFi 设施"), partial(self.stage.show, "amenities")),
            BarItem("phone", _("求助"), partial(self.stage.show, "help"), alarm=True),
        ]
        self._frame.ids.bottom.show(items, self.theme.grey, self.theme.red)

    def _home(self, *_event: object) -> None:
        if self.stage is not None:
            self.stage.go_home("home")

    def _warm_up(self) -> None:
        # One screen at a time, so that nobody's tap waits for all of them.
        running = self._pulse is not None
        if running and self.stage is not None and (self.stage.is_busy or self.stage.warm_up()):
            later(self._warm_up, 0.2)

    def _resized(self, *_event: object) -> None:
        self.theme.width, self.theme.height = Window.size

    def _named_scanners(self) -> list[tuple[str, str]]:
        urls = self._config.scanners
        return [("scanner" if place == 0 else f"scanner-{place + 1}", url) for place, url in enumerate(urls)]

    def _on_frame(self, frame: bytes) -> None:
        """From the listener's thread."""
        later(partial(self._scanned, frame))

    def _scanned(self, frame: bytes) -> None:
        self.scans += 1
        if self.stage is not None:
            self.stage.scanned(frame)

    def _on_state(self, state: DeviceState) -> None:
        """From the listener's thread."""
        later(partial(self._report, state))

    def _report(self, state: DeviceState) -> None:
        self._devices[state.device] = state.code
        if self.stage is not None and self.stage.is_open:
            self.stage.quietly(partial(self.stage.services.equipment.report, state.device, state.code), _nothing)

    def _send(self, code: str) -> None:
        send, socket = self._parts.send, self._config.demo_socket or Path()
        if send is None:
            from devices.simulator import send as send_to_simulator  # only a demo needs it  # noqa: PLC0415

            send = send_to_simulator
        if self.stage is not None:
            self.stage.quietly(partial(send, socket, code), _nothing)


def _nothing(_answer: object) -> None:
    """Nobody waits for this."""
