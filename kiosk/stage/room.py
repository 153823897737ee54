"""What a room of a service tells the stage: everything it brings, in one object."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from kiosk.clock import Clock

from .base import KioskScreen, Panel, Stage
from .checks import Check
from .glances import Glances
from .ground import Ground, Site
from .offers import BarEntry, Example, Tile

S = TypeVar("S")
Take = Callable[[Stage, Any, str], object]  # the stage, the code, and what a scan means in this step of the visit


class Room(Generic[S]):
    """One service, `S`, and what it brings; it keeps nothing itself, and leaves out what it does not have."""

    screens: ClassVar[Sequence[type[KioskScreen]]] = ()
    # Those that home and scans lead to, made before anybody comes; the others once one of them is shown. None: all.
    at_hand: ClassVar[Sequence[type[KioskScreen]] | None] = None
    panels: ClassVar[Sequence[type[Panel]]] = ()        # parts of the home screen that it draws itself

    # What keeps the store shut and can be mended at the screen: its code, and the screen where that is done.
    mends: ClassVar[Mapping[str, str]] = {}

    # Kinds of codes that name the thing in the hand by themselves, each with those that are printed beside them.
    beside: ClassVar[Mapping[type, Collection[type]]] = {}

    def open(self, ground: Ground) -> S | None:     # noqa: ARG002
        """Make its service, on the worker thread; None if it has no job."""
        return None

    def prepare(self, site: Site, clock: Clock) -> object:      # noqa: ARG002
        """Make what its screens ask before there is a store; None if there is nothing."""
        return None

    def before_home(self, glances: Glances) -> str:     # noqa: ARG002
        """The screen that stands where home would, as long as the station is not in service; empty if it is."""
        return ""

    def glance(self, service: S) -> object:     # noqa: ARG002
        """What it knows at a glance, on the worker thread; equal if nothing is new. None if there is nothing."""
        return None

    def takes(self) -> Mapping[type, Take]:
        """The kinds of codes it takes, and what a scan of one does."""
        return {}

    def takes_rest(self) -> Take | None:
        """What a scan does that no room takes; one room may have this."""
        return None

    def tiles(self, glances: Glances) -> Sequence[Tile]:    # noqa: ARG002
        """Its doors on the home screen; none if the office does not want it here."""
        return ()

    def bar(self) -> Sequence[BarEntry]:
        """Its places in the bottom bar."""
        return ()

    def fill(self, note: str, glances: Glances) -> str:     # noqa: ARG002
        """A poster's words with its own numbers put in."""
        return note

    def checks(self, service: S) -> Sequence[Check]:    # noqa: ARG002
        """What its service can try of the station by itself, on the worker thread."""
        return ()

    def examples(self, glances: Glances) -> Sequence[Example]:  # noqa: ARG002
        """Codes to try in a demo."""
        return ()


AnyRoom = Room[Any]
