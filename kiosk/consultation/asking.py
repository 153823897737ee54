"""What the office's answers mean for who stands before the screen."""

from __future__ import annotations

import logging
import time
from typing import Final

from sync.protocol.calls import CallState
from sync.protocol.errors import SyncError
from sync.station.errors import ClockWrong, OfficeRefused
from sync.station.exchange.calls import CallOffice

from .errors import ClockIsWrong, ConsultationError, NoDoctor, NoLine, OfficeSaidNo

log = logging.getLogger(__name__)

_PATIENCE_S: Final = 12.0       # the office may need a moment to see that a line is gone
_AGAIN_S: Final = 1.0


def failure_of_office(fault: SyncError) -> ConsultationError:
    """Why it did not take the call."""
    log.warning("call: the office: %s", fault.code)
    if isinstance(fault, ClockWrong):
        return ClockIsWrong(fault.code)
    if isinstance(fault, OfficeRefused):
        return NoDoctor(fault.detail) if fault.detail == "no-doctor" else OfficeSaidNo(fault.code)
    return NoLine(fault.code)


def how_it_ended(office: CallOffice, call: str) -> CallState | None:
    """What the office says once it knows that it is over; None if it does not say so in time."""
    deadline = time.monotonic() + _PATIENCE_S
    state: CallState | None = None
    while True:
        try:
            state = office.state_of(call)
        except OfficeRefused as fault:
            log.warning("call: the office: %s", fault.detail)
            return None
        except SyncError as fault:
            log.warning("call: the office: %s", fault.code)
        if state is not None and state.state == "ended":
            return state
        if time.monotonic() > deadline:
            return state
        time.sleep(_AGAIN_S)
