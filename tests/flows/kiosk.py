"""The whole kiosk in this process: the real window, store and serial line, a finger and a clock of our own."""

# Kivy has no public way to run an app frame by frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from kivy.app import App
from kivy.base import EventLoop, runTouchApp
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.widget import Widget

from devices.simulator import Framing, Simulator
from kiosk.app import KioskApp
from kiosk.clock import FakeClock
from kiosk.config import Config
from kiosk.parts import Parts
from kiosk.ui.frame import seen
from kiosk.ui.theme import GAP_MM, TARGET_MM
from kiosk.ui.widgets import Tap
from sync.protocol.events import AnyEvent, decode_entry
from sync.station.store import Journal, Store
from tests.flows.call_window import fake_browser
from tests.flows.eyes import Eyes, is_drawn
from tests.flows.finger import Touch
from tests.flows.measuring import cut_off, labels, taps
from tests.flows.overlaps import Box, collisions, hard_to_hit
from tests.published import PublishedDocuments

SMALL = (360, 640)        # large enough for words to be tapped; pictures are drawn at full size
_PATIENCE_S, _PAUSE_S, _LONGEST_PAUSE_S = 60.0, 0.001, 0.01
_PRESSED_S = 0.05   # a button looks pressed for 0.035 s at least
_ECHO_S = 0.1       # a panel may report one tap twice


def _raise(error: Exception) -> None:
    raise error


class Kiosk:
    """One kiosk, driven as a worker would: taps on words, scans on the serial line, time that passes."""

    standing: ClassVar[Kiosk | None] = None     # it has the one window until another kiosk is started

    def __init__(
        self, folder: Path, fonts: Path, *, parts: Parts | None = None, size: tuple[int, int] = SMALL,
        draws: bool = False, browser: tuple[str, ...] = (), player: tuple[str, ...] = ("mpv",),
        needs_test: bool = False,
    ) -> None:
        Kiosk.end_standing()
        self.clock = FakeClock()
        self.folder = folder
        self.scanner = Simulator(folder / "scanner", folder / "scanner.sock").__enter__()
        self.config = Config(
            data=folder, size=size, scanners=(str(folder / "scanner"),), fonts=fonts, sounds=False,
            browser=browser or fake_browser(folder), call_port=0, fake_camera=True, player=player, setup=needs_test,
        )
        self._eyes = Eyes(always_open=draws)
        self._lifted_s = 0.0
        self.app = KioskApp(self.config, parts, self.clock)
        self._reader: Store | None = None
        if Window.size != size:
            Window.size = size
        self.app._run_prepare()  # what App.run does before the loop
        if self.app.stage is not None:
            # Who looks at two screens need not wait for all of them to be made.
            self.app.stage.screens.warm_up = lambda: None
        if EventLoop.status != "started":
            runTouchApp(embedded=True)
        self.wait(lambda: self.app.screen_name != "")

    @classmethod
    def end_standing(cls) -> None:
        """Close the kiosk that stood, if one did."""
        old, cls.standing = cls.standing, None
        if old is not None:
            old.close()

    @property
    def store(self) -> Store:
        """The station's file, opened a second time as the agent would."""
        if self._reader is None:
            self._reader = Store.open(self.folder / "station.db")
        return self._reader

    @property
    def journal(self) -> Journal:
        """What happened here."""
        return self.store.journal

    @property
    def office(self) -> PublishedDocuments:
        """What the office publishes; the kiosk sees it as if the agent had written it."""
        return PublishedDocuments(self.store)

    @property
    def screen(self) -> str:
        """The name of the screen that is shown."""
        return self.app.screen_name

    @property
    def _root(self) -> Any:
        return self.app.root

    def events(self) -> list[AnyEvent]:
        """Everything in the journal, oldest first."""
        epoch = self.store.facts.identity().epoch
        return [decode_entry(line).event for line in self.journal.pending(epoch, 100_000, 100_000_000)]

    def kinds(self) -> list[str]:
        """Class names of everything in the journal, oldest first."""
        return [type(event).__name__ for event in self.events()]

    def words(self) -> str:
        """All words on the screen."""
        return "\n".join(self.app.words())

    def says(self, words: str) -> bool:
        """Whether the words come to stand on the screen, within the time anybody would wait."""
        return self._comes(lambda: words in self.words().replace("\n", ""))

    def shows(self, screen: str) -> bool:
        """Whether the screen of this name comes up."""
        return self._comes(lambda: self.screen == screen)

    def offers(self, words: str) -> bool:
        """Whether something with these words can be tapped now."""
        return any(self._tappable(lambda text: words in text))

    def tap(self, words: str) -> Kiosk:
        """Touch what bears these words, and wait until what it started is done."""
        target = self._find(lambda text: words in text)
        return self.touch(*target.to_window(*target.center))

    def begin_tap(self, words: str) -> Kiosk:
        """Touch what bears these words, and wait for nothing."""
        target = self._find(lambda text: words in text)
        return self._touch_once(*target.to_window(*target.center))

    def tap_key(self, key: str) -> Kiosk:
        """Touch the key that bears just this."""
        target = self._find(lambda text: text == key)
        return self.touch(*target.to_window(*target.center))

    def touch(self, x: float, y: float) -> Kiosk:
        """Touch a place, from the lower left corner, and wait until what it started is done."""
        # Or the kiosk takes it for the echo of the tap before.
        self.wait(lambda: time.monotonic() > self._lifted_s + _ECHO_S)
        self._touch_once(x, y)
        self._lifted_s = time.monotonic()
        return self.settle()

    def scan(self, code: str | bytes, framing: Framing = "crlf") -> Kiosk:
        """Send a code down the serial line, and wait until what it started is done."""
        before = self.app.scans
        if not self.scanner.scan(code, framing=framing):
            # The driver was just opening its port, and forgets what came before.
            self.scanner.scan(code, framing=framing)
        self.wait(lambda: self.app.scans > before)
        return self.settle()

    def settle(self) -> Kiosk:
        """Let everything that was started come to its end."""
        self.frames(3)
        self.wait(lambda: self.app.is_settled)
        self.frames(2)
        return self

    def wait(self, claim: Callable[[], bool]) -> None:
        """Run the kiosk until the claim holds; raises TimeoutError."""
        deadline = time.monotonic() + _PATIENCE_S
        pause_s = 0.0
        while not claim():
            if time.monotonic() > deadline:
                raise TimeoutError(f"still on {self.screen}:\n{self.words()}")
            EventLoop.idle()
            time.sleep(pause_s)     # what takes longer is looked at less often
            pause_s = min(pause_s + _PAUSE_S, _LONGEST_PAUSE_S)

    def frames(self, count: int) -> None:
        """Draw so many frames."""
        for _ in range(count):
            EventLoop.idle()

    def pass_time(self, seconds: float) -> Kiosk:
        """Let time pass, ten seconds at a time and the last minute by seconds; the kiosk looks at each of them."""
        while seconds > 0:
            step = min(10.0 if seconds > 70 else 1.0, seconds)
            self.clock.move(step)
            seconds -= step
            self.app.pulse()
            self.wait(lambda: self.app.is_settled)
        return self.settle()

    def wait_really(self, seconds: float) -> Kiosk:
        """Run the kiosk for real time, where the silence on a serial line is what matters."""
        end = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > end)
        return self

    def picture(self, path: Path) -> None:
        """The window as a PNG; only drawn where YIZHAN_SCREENSHOTS is empty, and nobody will look."""
        self.wait_really(_PRESSED_S)
        with self._eyes.open():
            self.frames(1)
            # A window that has just changed its size may not be drawn yet.
            self.wait(is_drawn)
            if os.environ.get("YIZHAN_SCREENSHOTS") == "":
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            taken = Path(Window.screenshot(name=str(path)))
        taken.replace(path)

    def begin_anew(self, example: Path) -> Kiosk:
        """Have this station's folder instead of what is known, in the same window: nothing of before is left."""
        opened = self.app.stage.opened
        self.app._worker.do(opened.store.close, lambda _: None, _raise)
        self.settle()
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        for old in self.folder.glob("station.db*"):
            old.unlink()
        shutil.copytree(example, self.folder, dirs_exist_ok=True)
        self.clock.move(60)     # what a finger or scanner did before is long ago
        self.clock.set(FakeClock().now())
        self.app.theme.large = False
        self.app.scans = 0
        self.app._opening.open()
        self.wait(lambda: self.app.stage.opened is not opened)
        self.app.pulse()
        return self.settle()

    def collisions(self) -> list[str]:
        """Words that lie over other words, or over something to tap that they do not belong to."""
        return collisions(labels(self._root), self._taps())

    def hard_to_hit(self) -> list[str]:
        """What is too small or too near its neighbour for a gloved finger."""
        theme = self.app.theme
        return hard_to_hit(self._taps(), theme.mm * TARGET_MM, theme.mm * GAP_MM)

    def cut_off(self) -> list[str]:
        """Words that do not fit: wider or higher than their place, or over the edge of the window."""
        return cut_off(self._root)

    def close(self) -> None:
        """Stop everything that was started."""
        if self.app.stage is not None and self.app.stage.screen is not None:
            # What a screen changes while the app stops would have Kivy's rules hold on to this app for ever.
            self.app.stage.screen.leave()
        self.app.dispatch("on_stop")
        self._eyes.close()
        if self._reader is not None:
            self._reader.close()
        self.scanner.__exit__(None, None, None)
        for child in list(Window.children):
            Window.remove_widget(child)
        # What waits to be called, and Kivy's own idea of the running app, would keep this kiosk's widgets in memory.
        for event in Clock.get_events():
            if event.timeout > 0:
                event.cancel()
        App._running_app = None

    def _comes(self, claim: Callable[[], bool]) -> bool:
        try:
            self.wait(claim)
        except TimeoutError:
            return False
        return True

    def _taps(self) -> list[Box]:
        return taps(self._root)

    def _find(self, claim: Callable[[str], bool]) -> Widget:
        self.wait(lambda: next(self._tappable(claim), None) is not None)
        return next(self._tappable(claim))

    def _tappable(self, claim: Callable[[str], bool]) -> Iterator[Widget]:
        for widget in seen(self._root):
            if isinstance(widget, Tap) and widget.enabled and claim(widget.text.replace("\n", "")):
                yield widget

    def _touch_once(self, x: float, y: float) -> Kiosk:
        touch = Touch(x, y)
        self._dispatch("begin", touch)
        self._dispatch("end", touch)
        return self

    def _dispatch(self, phase: str, touch: Touch) -> None:
        EventLoop.post_dispatch_input(phase, touch)
        self.frames(1)
