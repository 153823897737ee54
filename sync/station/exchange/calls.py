"""Asking the office for a doctor, and how a call ended; by the kiosk, each time on a thread of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sync.protocol.calls import (
    ICE_PATH,
    PATH,
    STATE_PATH,
    Asked,
    CallState,
    GivenUp,
    IceServer,
    IceServers,
    Place,
)
from sync.protocol.wire import decode, encode
from sync.station.facts import Identity
from sync.station.identity import Keys

from .client import OfficeClient, Signer

_CONNECT_S: Final = 4.0
_SILENCE_S: Final = 6.0
_WHOLE_S: Final = 8.0       # somebody stands before the screen


class CallOffice:
    """The office's doors for calls, as this station; every question is bounded in time."""

    def __init__(self, identity: Identity, data: Path) -> None:
        self._identity = identity
        self._data = data

    @property
    def socket(self) -> str:
        """The office's address for WebSockets, `wss://office.example`."""
        office = urlsplit(self._identity.office)
        return f"{'wss' if office.scheme == 'https' else 'ws'}://{office.netloc}"

    def ask(self, question: Asked) -> Place:
        """Begin to wait for a doctor; raises SyncError, OfficeRefused with the office's code in `detail`."""
        return decode(Place, self._ask("POST", PATH, encode(question)))

    def state_of(self, call: str) -> CallState:
        """How a call stands; raises SyncError."""
        return decode(CallState, self._ask("GET", STATE_PATH + call, b""))

    def give_up(self, call: str, *, is_lost: bool) -> CallState:
        """Tell that this side of a call is over; how it stood then. Raises SyncError."""
        return decode(CallState, self._ask("POST", STATE_PATH + call, encode(GivenUp(is_lost))))

    def ice(self) -> tuple[IceServer, ...]:
        """STUN and TURN that a call would be given now; raises SyncError."""
        return decode(IceServers, self._ask("GET", ICE_PATH, b"")).ice

    def _ask(self, method: str, path: str, body: bytes) -> bytes:
        signer = Signer(self._identity.station, Keys(self._data).load(self._identity.key))
        client = OfficeClient(self._identity.office, connect_s=_CONNECT_S, silence_s=_SILENCE_S, whole_s=_WHOLE_S)
        try:
            return client.ask(signer, method, path, body, lambda: datetime.now(UTC))
        finally:
            client.close()
