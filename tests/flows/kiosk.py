"""The whole kiosk in this process: the real window, store and serial line, a finger and a clock of our own."""

# Kivy has no public way to run an app frame by frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.base import EventLoop, runTouchApp
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
from kivy.input.motionevent import MotionEvent
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from devices.simulator import Framing, Simulator
from kiosk.app import KioskApp
from kiosk.clock import FakeClock
from kiosk.config import Config
from kiosk.parts import Parts
from kiosk.ui.frame import StillThere, seen
from kiosk.ui.poster import Poster
from kiosk.ui.theme import GAP_MM, TARGET_MM
from kiosk.ui.widgets import Card, Fitting, Icon, Note, Tap, Waiting, text_width
from sync.protocol.events import AnyEvent, decode_entry
from sync.station.store import Journal, Store
from tests.flows.call_window import fake_browser
from tests.flows.overlaps import Box, collisions, hard_to_hit
from tests.published import PublishedDocuments

SMALL = (360, 640)        # large enough for words to be tapped; pictures are drawn at full size
_PATIENCE_S = 60.0
_FRAME_S = 0.001    # a frame that is not drawn lets other threads run, as one that is
_PRESSED_S = 0.05   # a button looks pressed for 0.035 s at least
_ECHO_S = 0.1       # a panel may report one tap twice
_LINE = 1.45        # height of a line of our face, by the size of its signs
_LEADING = 0.2      # of that above and below the signs


def _ink_of(label: Any) -> Box:  # Kivy's properties have no types
    """Where the signs are: a label with a place of its own may be larger than its words."""
    x, y = label.to_window(label.center_x, label.center_y)
    room, high = label.texture_size
    drawn = isinstance(label, Fitting)
    lines, size = (label.lines, label.drawn_size) if drawn else (label.text.split("\n"), label.font_size)
    heavy = label.bold or label.markup
    wide = min(room, max(text_width(line, size, heavy) for line in lines))
    left = x + {"left": -room / 2, "right": room / 2 - wide}.get(label.halign, -wide / 2)
    needed = min(high, len(lines) * size * _LINE * label.line_height)
    low = y + {"top": high / 2 - needed, "bottom": -high / 2}.get(label.valign, -needed / 2)
    leading = size * _LEADING
    return Box(label.text, left, low + leading, left + wide, low + needed - leading)


def _box_of(tap: Tap) -> Box:
    x, y = tap.to_window(tap.x, tap.y)
    return Box(tap.text, x, y, x + tap.width, y + tap.height)


def _place_of(widget: Any) -> Box:
    x, y = widget.to_window(widget.x, widget.y)
    return Box("", x, y, x + widget.width, y + widget.height)


def _cards_of(widget: Widget) -> Iterator[Widget]:
    """What it is drawn on."""
    above: Any = widget.parent
    while isinstance(above, Widget):
        if isinstance(above, (Card, Poster, Note, Tap)):
            yield above
        above = above.parent


class _Touch(MotionEvent):
    def __init__(self, x: float, y: float) -> None:
        super().__init__("finger", 1, {"x": x / Window.width, "y": y / Window.height}, is_touch=True, type_id="touch")
        self.scale_for_screen(Window.width, Window.height)

    def depack(self, args: dict[str, float]) -> None:
        self.sx, self.sy = args["x"], args["y"]
        self.profile = ["pos"]
        super().depack(args)


class _Eyes:
    """Closed, the window is told to draw as ever and draws nothing: who judges words need not pay for their looks."""

    def __init__(self, *, always_open: bool) -> None:
        self._always_open = always_open
        self._shut()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Draw what there is, and what comes."""
        self.close()
        Window.canvas.ask_update()
        yield
        self._shut()

    def close(self) -> None:
        """Leave Kivy's window as it was."""
        for name in ("on_draw", "flip"):
            vars(Window).pop(name, None)

    def _shut(self) -> None:
        if self._always_open:
            return
        Window.on_draw = lambda: None
        Window.flip = lambda: time.sleep(_FRAME_S)


def _raise(error: Exception) -> None:
    raise error


class Kiosk:
    """One kiosk, driven as a worker would: taps on words, scans on the serial line, time that passes."""

    def __init__(
        self, folder: Path, fonts: Path, *, parts: Parts | None = None, size: tuple[int, int] = SMALL,
        warms_up: bool = False, draws: bool = False, browser: tuple[str, ...] = (), player: tuple[str, ...] = ("mpv",),
        needs_test: bool = False,
    ) -> None:
        self.clock = FakeClock()
        self.folder = folder
        self.scanner = Simulator(folder / "scanner", folder / "scanner.sock")
        self.scanner.__enter__()
        self.config = Config(
            data=folder, size=size, scanners=(str(folder / "scanner"),), fonts=fonts, sounds=False,
            browser=browser or fake_browser(folder), call_port=0, fake_camera=True, player=player, setup=needs_test,
        )
        self._eyes = _Eyes(always_open=draws)
        self._lifted_s = 0.0
        self.app = KioskApp(self.config, parts, self.clock)
        if not warms_up:
            self.app._warm_up = lambda: None    # who looks at two screens need not wait for all of them to be made
        self._reader: Store | None = None
        if Window.size != size:
            Window.size = size
        self.app._run_prepare()  # what App.run does before the loop
        if EventLoop.status != "started":
            runTouchApp(embedded=True)
        self.wait(lambda: self.app.screen_name != "")

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
        try:
            self.wait(lambda: words in self.words().replace("\n", ""))
        except TimeoutError:
            return False
        return True

    def shows(self, screen: str) -> bool:
        """Whether the screen of this name comes up."""
        try:
            self.wait(lambda: self.screen == screen)
        except TimeoutError:
            return False
        return True

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
        while not claim():
            if time.monotonic() > deadline:
                raise TimeoutError(f"still on {self.screen}:\n{self.words()}")
            EventLoop.idle()

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
        """The window as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.wait_really(_PRESSED_S)
        with self._eyes.open():
            self.frames(1)
            # A window that has just changed its size may not be drawn yet.
            self.wait(self._is_drawn)
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
        self.app._opening.open()
        self.wait(lambda: self.app.stage.opened is not opened)
        self.app.pulse()
        return self.settle()

    def collisions(self) -> list[str]:
        """Words that lie over other words, or over something to tap that they do not belong to."""
        return collisions(self._labels(), self._taps())

    def hard_to_hit(self) -> list[str]:
        """What is too small or too near its neighbour for a gloved finger."""
        theme = self.app.theme
        return hard_to_hit(self._taps(), min(theme.mm * TARGET_MM, theme.target), theme.mm * GAP_MM)

    def cut_off(self) -> list[str]:
        """Words that do not fit: wider or higher than their place, or over the edge of the window."""
        root: Any = self.app.root
        cut: list[str] = []
        for widget in seen(root):
            if not isinstance(widget, Label) or isinstance(widget, Icon) or not widget.text:
                continue
            wide, high = widget.texture_size
            x, y = widget.to_window(widget.center_x - wide / 2, widget.center_y - high / 2)
            over_edge = x < -1 or y < -1 or x + wide > Window.width + 1 or y + high > Window.height + 1
            if over_edge or wide > widget.width + 1 or high > widget.height + 1:
                place = f"{widget.width:.0f}×{widget.height:.0f} at {x:.0f}, {y:.0f}"
                cut.append(f"{widget.text!r}: {wide}×{high} in {place}")
            cut += [f"{widget.text!r} hangs out of its {type(card).__name__}" for card in _cards_of(widget)
                    if not _place_of(card).holds(_ink_of(widget))]
        return cut

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

    def _labels(self) -> list[Box]:
        return [
            _ink_of(widget)
            for widget in self._front()
            if isinstance(widget, Label) and not isinstance(widget, Icon) and widget.text.strip()
        ]

    def _taps(self) -> list[Box]:
        return [
            _box_of(widget)
            for widget in self._front()
            if isinstance(widget, Tap) and widget.enabled and not widget.disabled and min(widget.size) > 0
        ]

    def _front(self) -> Iterator[Widget]:
        """What is seen and not behind a veil."""
        root: Any = self.app.root
        veils = [child for child in root.children if isinstance(child, (StillThere, Waiting))]
        return seen(veils[0] if veils else root)

    def _is_drawn(self) -> bool:
        Window.canvas.ask_update()
        # Every screen has paper or the bar's white in the lower left corner.
        red, green, blue = glReadPixels(8, 8, 1, 1, GL_RGB, GL_UNSIGNED_BYTE)[:3]
        return min(red, green, blue) > 0

    def _find(self, claim: Callable[[str], bool]) -> Widget:
        self.wait(lambda: next(self._tappable(claim), None) is not None)
        return next(self._tappable(claim))

    def _tappable(self, claim: Callable[[str], bool]) -> Iterator[Widget]:
        root: Any = self.app.root
        for widget in seen(root):
            if isinstance(widget, Tap) and widget.enabled and claim(widget.text.replace("\n", "")):
                yield widget

    def _touch_once(self, x: float, y: float) -> Kiosk:
        touch = _Touch(x, y)
        self._dispatch("begin", touch)
        self._dispatch("end", touch)
        return self

    def _dispatch(self, phase: str, touch: _Touch) -> None:
        EventLoop.post_dispatch_input(phase, touch)
        self.frames(1)
