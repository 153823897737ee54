"""What the screens of drift books share: their looks, their service, and what a scan means on them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from kiosk.stage.base import KioskScreen, Stage

from .back_of_book import BackOfBook
from .cover import Cover
from .journey import Journey
from .service import LendingService

DRAWINGS: Final = (BackOfBook, Cover, Journey)     # named in .kv files, so they must have been imported
# What a scanned label means in a step, and the screen that waits for one there.
WAITS_FOR: Final[Mapping[str, str]] = {"borrow": "borrow", "return": "give_back"}


def take_label(stage: Stage, label: str, intent: str) -> None:
    """Do with a copy what the screen is for: borrow it, give it back, or ask."""
    lending = stage.service(LendingService)
    if intent == "borrow":
        stage.run(partial(lending.borrow, label), partial(stage.show, "lent"))
    elif intent == "return":
        stage.run(partial(lending.give_back, label), partial(stage.show, "returned"))
    else:
        stage.run(partial(lending.look_up, label), partial(stage.show, "book"))


class LendingScreen(KioskScreen):
    """Base of all screens of drift books."""
