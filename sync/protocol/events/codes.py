"""What is scanned at a station."""

from __future__ import annotations

from .base import Event


class CodeUnknown(Event, frozen=True, kw_only=True, tag="code.unknown"):
    """A code that nothing here knows was scanned."""

    raw: str            # printable part, at most 64 characters
