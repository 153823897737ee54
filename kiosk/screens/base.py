"""What every screen is: looks from its .kv file, words and taps from its small class."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.clock import Clock
from kiosk.services.board import Board, BoardService
from kiosk.services.checkin import CheckinService
from kiosk.services.equipment import EquipmentService
from kiosk.services.lending import LendingService
from kiosk.services.visit import VisitService
from kiosk.ui.sounds import Earcon
from kiosk.ui.widgets import load_kv
from sync.station.store import Store

T = TypeVar("T")
Intent = Literal["", "borrow", "return"]


@dataclass(frozen=True)
class Services:
    """Everything screens may ask; used on the worker thread only."""

    store: Store
    visits: VisitService
    checkins: CheckinService
    lending: LendingService
    boards: BoardService
    equipment: EquipmentService


class Stage(Protocol):
    """What a screen sees of the window around it."""

    clock: Clock

    @property
    def services(self) -> Services:
        """The services; only once the store is open."""
        ...

    @property
    def board(self) -> Board | None:
        """The newest board."""
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

    def restart_countdown(self) -> None:
        """Give a result card its full time again."""
        ...

    def fail(self, error: Exception) -> None:
        """Show the failure card."""
        ...

    def play(self, earcon: Earcon) -> None:
        """Play a sound."""
        ...


class KioskScreen(BoxLayout):
    """Base of all screens; they are made once and shown again and again."""

    name: ClassVar[str] = ""
    intent: ClassVar[Intent] = ""           # what a scanned label means here
    leaves_after_s: ClassVar[float] = 0     # a result card goes by itself; 0: it does not
    is_whole: ClassVar[bool] = False        # covers the bars too

    title = StringProperty("")

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        load_kv(Path(__file__).with_name("base.kv"))
        load_kv(Path(inspect.getfile(type(self))).with_suffix(".kv"))
        self.stage = stage
        super().__init__(**given)

    def enter(self, answer: object) -> None:
        """Show this answer; called each time the screen is shown."""

    def leave(self) -> None:
        """Forget what was shown; called when another screen is shown."""

    def count(self, seconds: int) -> None:
        """So many seconds until this card leaves."""

    def board_changed(self, board: Board) -> None:
        """The board is not what it was."""

    def run(self, work: Callable[[], T], done: Callable[[T], object]) -> None:
        """Work on the worker thread, come back on Kivy's; what is raised becomes a failure card."""
        self.stage.run(work, done)
