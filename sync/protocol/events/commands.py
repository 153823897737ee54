"""What became of what the office told a station to do."""

from __future__ import annotations

from typing import Literal

from .base import Event


class CommandDone(Event, frozen=True, kw_only=True, tag="command.done"):
    """A command was dealt with; none is carried out twice."""

    command: str        # its id, without the station
    do: str
    how: Literal["done", "failed", "refused", "expired", "cut_off"]
    code: str = ""
    detail: str = ""    # words of a self-test, or of a fault; at most 300 characters


class LogsSent(Event, frozen=True, kw_only=True, tag="logs.sent"):
    """The last lines of the programs' logs, because the office asked; without numbers of people."""

    command: str
    text: str
