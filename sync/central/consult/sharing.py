"""Stand-in until the records' own module comes."""

from __future__ import annotations

from datetime import datetime


def make_share(_call: str, _now: datetime) -> str:
    """The path of the patient's link; none yet."""
    return ""
