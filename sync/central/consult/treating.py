"""Stand-in until the records' own module comes."""

from __future__ import annotations

from datetime import datetime


def note_treatment(_call: str, _doctor: int, _now: datetime) -> None:
    """This doctor answers the call, or takes it over."""
