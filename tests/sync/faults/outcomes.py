"""How a run or a story went, and playing one to its end."""

from __future__ import annotations

import shutil
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from .play import Play


class NotPermitted(RuntimeError):
    """This machine does not allow what a story needs; its test is skipped."""


class Outcome(msgspec.Struct):
    """How a run went; `name` is its seed, or the story's name."""

    name: str
    database: str
    seconds: float
    problems: list[str]
    hits: dict[str, int]
    events: int = 0
    not_permitted: str = ""


def played(play: Play, story: Callable[[], None], database: str) -> Outcome:
    """Play one in a fresh folder, finish and check it; the folder stays if something was wrong."""
    folder = play.town.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started_s = time.monotonic()
    not_permitted = ""
    try:
        story()
        play.finish()
    except NotPermitted as reason:
        not_permitted = str(reason)
    except Exception as fault:  # noqa: BLE001  # a run that breaks is a run that failed; the others go on
        place = traceback.extract_tb(fault.__traceback__)[-1]
        play.problems.append(f"{type(fault).__name__}: {fault} ({place.name}:{place.lineno}: {place.line})")
        (folder / "fault.txt").write_text(traceback.format_exc())
    try:
        play.end()
    except Exception as fault:  # noqa: BLE001
        play.problems.append(f"{type(fault).__name__}: {fault}")
    events = play.events
    if not play.problems:
        shutil.rmtree(folder, ignore_errors=True)
    seconds = time.monotonic() - started_s
    return Outcome(play.town.seed, database, seconds, play.problems, dict(play.hits), events, not_permitted)
