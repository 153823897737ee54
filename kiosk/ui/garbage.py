"""Garbage is collected by the thread that draws, and by no other.

CPython collects on whichever thread makes the next object. Half way through such a collection the other
thread may go on: the proxies of widgets are dead by then, but what is bound to them is not yet told, and Kivy
raises ReferenceError for the first of them that a change reaches.
"""

from __future__ import annotations

import gc


def collect_here_alone() -> None:
    """From now on nothing is collected but by `collect_due`, on the thread that calls it."""
    gc.disable()


def collect_due() -> None:
    """Collect what CPython itself would have by now: the oldest of its three generations that is due."""
    made, most = gc.get_count(), gc.get_threshold()
    due = [generation for generation in range(3) if made[generation] > most[generation]]
    if due:
        gc.collect(due[-1])


def collect_anywhere() -> None:
    """As it is without a window."""
    gc.enable()
