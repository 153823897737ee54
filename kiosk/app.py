"""The Kivy application: wires real parts together and holds no rules."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from kivy.app import App
from kivy.base import ExceptionManager
from kivy.core.window import Window
from kivy.properties import ObjectProperty

from devices.base import DeviceState
from devices.listener import ScannerListener
from devices.scanner import SerialScanner
from kiosk.clock import Clock
from kiosk.config import Config
from kiosk.parts import Parts, open_rooms
from kiosk.stage.boot_check import BootCheck
from kiosk.stage.faults import KeepGoing
from kiosk.stage.ground import Programs, Site
from kiosk.stage.life import LifeSigns
from kiosk.stage.opened import Opened
from kiosk.stage.opening import Opening
from kiosk.stage.stage import KioskStage
from kiosk.stage.worker import Worker
from kiosk.ui import fonts, garbage
from kiosk.ui.drawer import Drawer
from kiosk.ui.frame import Frame
from kiosk.ui.kit import load_kit
from kiosk.ui.seen import Seen
from kiosk.ui.sounds import Sounds
from kiosk.ui.theme import Theme
from kiosk.ui.ticks import Tick, every, later
from kiosk.ui.widgets import load_kv
from sync.station.host.client import Host

PULSE_S: Final = 0.5


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
        self._frame: Frame | None = None
        self._opening: Opening | None = None
        self._seen: Seen | None = None
        self._life: LifeSigns | None = None
        self._boot_check: BootCheck | None = None
        self._keep_going = KeepGoing(self._clock)
        self._pulse: Tick | None = None
        self._is_ending = False

    @property
    def screen_name(self) -> str:
        """The name of the screen that is shown; empty before there is one."""
        screen = self.stage.screen if self.stage else None
        return screen.name if screen else ""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being done."""
        return self._worker.idle and (self.stage is None or self.stage.is_settled)

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
        sounds = self._parts.sounds or Sounds(silent=not self._config.sounds)
        rooms = self._parts.rooms or open_rooms()
        self.stage = stage = KioskStage(frame, self._clock, self._worker, sounds, rooms, site=self._site())
        open_store = partial(Opened.open, self._config.database, self._clock, rooms, self._programs(), self._site())
        self._opening = Opening(stage, self._clock, self._worker, open_store)
        self._life = LifeSigns(stage, self._clock, self._worker, Window.canvas.ask_update)
        self._boot_check = BootCheck(stage, self._clock, self._site())
        if self._config.demo_words:
            self._seen = Seen(frame, self._config.demo_words)
        if self._config.demo_socket or self._parts.send:
            load_kv(Path(fonts.__file__).with_name("drawer.kv"))
            drawer = Drawer(self._send)
            frame.add_widget(drawer)
            self._opening.on_glances = lambda: drawer.show(stage.examples())
        return frame

    def on_start(self) -> None:
        """Begin to listen and to look after things."""
        garbage.collect_here_alone()
        ExceptionManager.add_handler(self._keep_going)
        self._pulse = every(self.pulse, PULSE_S)
        Window.bind(on_flip=self._first_frame)
        Window.bind(on_flip=self._flipped)
        scanners = self._parts.scanners
        if scanners is None:
            kept = self._config.data
            scanners = [
                SerialScanner(url, name=name, kept_in=kept / f"{name}.json") for name, url in self._named_scanners()
            ]
        if self._opening is not None:
            self._opening.devices = tuple(scanner.name for scanner in scanners)
        if self._life is not None:
            self._life.scanners = len(scanners)
        for scanner in scanners:
            listener = ScannerListener(scanner, self._on_frame, self._on_state)
            self._listeners.append(listener)
            listener.start()

    def end_soon(self) -> None:
        """Stop at the next pulse; takes no lock, so that a signal may call it in the middle of anything."""
        self._is_ending = True

    def on_stop(self) -> None:
        """Stop listening, close the store, leave nothing behind in Kivy."""
        if self._pulse is not None:
            self._pulse.cancel()
            self._pulse = None
            ExceptionManager.remove_handler(self._keep_going)
        Window.unbind(size=self._resized, on_flip=self._flipped)
        for listener in self._listeners:
            listener.stop()
        stage = self.stage
        if stage is not None and stage.screen is not None:
            stage.screen.leave()    # what it has started ends with us
        self._worker.stop(stage.opened.store.close if stage and stage.is_open else None)
        garbage.collect_anywhere()

    def pulse(self) -> None:
        """Twice a second: time, idleness, and news from the agent."""
        garbage.collect_due()
        if self._is_ending:
            self.stop()
            return
        if self.stage is not None and self._opening is not None:
            self.stage.pulse()
            self._opening.pulse()
        if self._life is not None and self._boot_check is not None:
            self._life.pulse()
            self._boot_check.pulse()
        if self._seen is not None:
            self._seen.look()

    def open_settings(self, *_arguments: object) -> bool:
        """Kivy's own settings stay closed."""
        return False

    def _first_frame(self, *_event: object) -> None:
        """There is something to see: now the store, whose opening would have made the window wait."""
        Window.unbind(on_flip=self._first_frame)
        if self._opening is not None:
            later(self._opening.open)

    def _flipped(self, *_event: object) -> None:
        if self._life is not None:
            self._life.flipped()

    def _resized(self, *_event: object) -> None:
        wide, high = Window.size
        self.theme.width, self.theme.height = wide, high

    def _programs(self) -> Programs:
        config = self._config
        return Programs(config.browser, config.player, config.call_port, config.fake_camera, config.fonts)

    def _site(self) -> Site:
        config = self._config
        return Site(config.data, config.office, self._parts.host or Host(), config.setup)

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
        if self._opening is not None:
            later(partial(self._opening.report, state.device, state.code))
        if self._life is not None:
            later(partial(self._life.report, state.device, state.code))

    def _send(self, code: str) -> None:
        send: Any = self._parts.send
        if send is None:
            from devices.simulator import send as send_to_simulator  # only a demo needs it  # noqa: PLC0415

            send = send_to_simulator
        if self.stage is not None:
            self.stage.quietly(partial(send, self._config.demo_socket or Path(), code), lambda _sent: None)
