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
_SOON_S: Final = 0.1            # at first: it takes the office a moment


def failure_of_office(fault: SyncError) -> ConsultationError:
    """Why it did not take the call."""
    log.warning("call: the office: %s", fault.code)
    if isinstance(fault, ClockWrong):
        return ClockIsWrong(fault.code)
    if isinstance(fault, OfficeRefused):
        return NoDoctor(fault.detail) if fault.detail == "no-doctor" else OfficeSaidNo(fault.code)
    return NoLine(fault.code)


def how_it_ended(office: CallOffice, call: str, *, is_lost: bool) -> CallState | None:
    """Tell the office that it is over here, and what it says once it is over there; None if it does not say in time.

    The page may have told already. A browser that was killed has not, and a doctor would wait for it.
    """
    deadline, soon_until = time.monotonic() + _PATIENCE_S, time.monotonic() + _AGAIN_S
    state: CallState | None = None
    while True:
        try:
            state = office.give_up(call, is_lost=is_lost) if state is None else office.state_of(call)
        except OfficeRefused as fault:
            log.warning("call: the office: %s", fault.detail)
            return None
        except SyncError as fault:
            log.warning("call: the office: %s", fault.code)
        if state is not None and state.state == "ended":
            return state
        if time.monotonic() > deadline:
            return state
        time.sleep(_SOON_S if state is not None and time.monotonic() < soon_until else _AGAIN_S)
