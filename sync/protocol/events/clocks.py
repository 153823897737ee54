"""What happens to a station's clock."""

from __future__ import annotations

from .base import Event


class ClockStepped(Event, frozen=True, kw_only=True, tag="clock.stepped"):
    """The wall clock was moved, by hand or by the network, while the machine ran on."""

    by_s: float         # ahead, or back if negative
