"""What can go wrong in reporting a fault, each with a code, a cause and a next step."""

from __future__ import annotations

from kiosk.errors import KioskError


class UndoTooLate(KioskError):
    """The report is not there, already taken back, or too old to be."""

    code = "FAULT-UNDO"
    cause = "这次报修撤销不了"
    next_step = "已经过了撤销时间，修的人会去看一下，不要紧"
