"""How long an office that is busy wants to be left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_MAX_S: Final = 86_400.0


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Seconds that an answer's Retry-After asks for, a number or a date; none if it does not, or not readably."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _MAX_S)
    try:
        at = parsedate_to_datetime(text)
        now = parsedate_to_datetime(headers["Date"]) if "Date" in headers else datetime.now(UTC)
        return min(max((at - now).total_seconds(), 0.0), _MAX_S)
    except (ValueError, TypeError, OverflowError):
        return 0.0
