"""What every screen is: looks from its .kv file, words and taps from its small class."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.clock import Clock
from kiosk.ui.sounds import Earcon
from kiosk.ui.widgets import load_kv

from .glances import Glances
from .offers import Tile
from .step import Step

T = TypeVar("T")


class Stage(Protocol):
    """What a screen sees of the window around it."""

    clock: Clock
    @property
    def step(self) -> Step:
        """The step that this visit has come to."""
        ...

    @property
    def glances(self) -> Glances | None:
        """The newest glances."""
        ...

    @property
    def panels(self) -> Sequence[type[Panel]]:
        """The parts of the home screen that rooms draw themselves."""
        ...

    def service(self, kind: type[T]) -> T:
        """The service of this kind; only once the store is open."""
        ...

    def tiles(self) -> list[Tile]:
        """The doors that rooms offer now."""
        ...

    def fill(self, note: str) -> str:
        """A poster's words with today's numbers in them."""
        ...

    def show(self, name: str, answer: object = None) -> None:
        """Show a screen."""
        ...

    def go_home(self, how: Literal["home", "idle", "next"] = "home") -> None:
        """End the visit and show the home screen."""
        ...

    def run(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Work on the worker thread, come back on Kivy's."""
        ...

    def quietly(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Work that nobody waits for; a fault of it is logged."""
        ...

    def set_glances(self, glances: Glances) -> None:
        """These are the newest glances, because something here has changed them."""
        ...

    def open_again(self) -> None:
        """What kept the store shut is mended: try it at once."""
        ...

    def speak(self, language: str) -> None:
        """Make all screens anew in this language; what is shown stays until something is shown."""
        ...

    def restart_countdown(self) -> None:
        """Give a result card its full time again."""
        ...

    def miss(self, names: Sequence[str]) -> None:
        """Say what was scanned and not done."""
        ...

    def fail(self, error: Exception) -> None:
        """Show the failure card."""
        ...

    def play(self, earcon: Earcon) -> None:
        """Play a sound."""
        ...


class OnStage(BoxLayout):
    """Looks from the .kv files that lie beside its class and the classes it is made from."""

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        load_kv(Path(__file__).with_suffix(".kv"))
        for kind in reversed(type(self).__mro__):
            if issubclass(kind, OnStage):
                _load_looks(kind)
        self.stage = stage
        super().__init__(**given)

    def run(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Work on the worker thread, come back on Kivy's; what is raised becomes a failure card."""
        self.stage.run(work, done)

    def glances_changed(self, glances: Glances) -> None:
        """The glances are not what they were."""


class KioskScreen(OnStage):
    """Base of all screens; they are made once and shown again and again."""

    name: ClassVar[str] = ""
    # What a scan means from here on; the room that takes the code knows the word. None: what it meant before.
    intent: ClassVar[str | None] = ""
    is_for_next: ClassVar[bool] = False     # it means the same for the next person who shows a card here
    leaves_after_s: float = 0               # a result card goes by itself; 0: it does not
    is_whole: ClassVar[bool] = False        # covers the bars too
    is_resting: ClassVar[bool] = False      # shown while nobody is there

    title = StringProperty("")
    is_held = BooleanProperty(False)    # somebody waits or talks here: no idleness, and no scan leads away

    def enter(self, answer: object) -> None:
        """Show this answer; called each time the screen is shown."""

    def leave(self) -> None:
        """Forget what was shown; called when another screen is shown."""

    def takes_scan(self, frame: bytes) -> bool:     # noqa: ARG002
        """A scan, before any room hears of it; True if it is this screen's alone."""
        return False

    def count(self, seconds: int) -> None:
        """So many seconds until this card leaves."""


class Panel(OnStage):
    """A part of the home screen that a room draws itself; home tells it of new glances."""

    place: ClassVar[Literal["first", "last"]] = "first"     # above the doors, or at the end

    is_preparing = BooleanProperty(False)   # nothing to show yet: home leaves out what is last
    is_shown = BooleanProperty(True)        # home has room for it; without, it is flat

    def on_touch_down(self, touch: object) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]  # Kivy's
        """What is in a flat panel lies over its neighbours, unseen; Kivy would have it swallow their taps."""
        return not self.disabled and bool(super().on_touch_down(touch))


def _load_looks(kind: type[OnStage]) -> None:
    looks = Path(inspect.getfile(kind)).with_suffix(".kv")
    if looks.exists():
        load_kv(looks)
