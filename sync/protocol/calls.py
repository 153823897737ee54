"""A doctor by video: what a station asks the office for over HTTP, and what it is told.

The talk itself goes over lines of its own, from the call's page and the doctor's desk; see docs/protocol.md.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

PATH: Final = "/api/v1/consultations"
STATE_PATH: Final = "/api/v1/consultations/"        # and the call's id
ICE_PATH: Final = "/api/v1/consultations/ice"
LINE_PATH: Final = "/api/v1/consultations/line"
CALL_ID: Final = r"\A[A-Za-z0-9_-]{22}\Z"           # 16 random bytes, base64url
MAX_ASKED_BYTES: Final = 4_096
MAX_GIVEN_UP_BYTES: Final = 256
MAX_SIGNAL_BYTES: Final = 64 * 1024
SIGNALS_PER_S: Final = 100

CallId = Annotated[str, Meta(pattern=CALL_ID)]
Word = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z_-]{1,32}\Z")]
State = Literal["waiting", "ringing", "talking", "ended"]


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A worker wants a doctor. Asked again with the same id it is the same call."""

    call: CallId
    language: Word = "zh_CN"
    complaint: Annotated[tuple[Word, ...], Meta(max_length=32)] = ()    # what was tapped on the pictures


class IceServer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of a browser's `iceServers`."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


class IceServers(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where browsers find each other, for a station that tries whether it could call."""

    ice: tuple[IceServer, ...] = ()


class Provider(msgspec.Struct, frozen=True):
    """Another provider's page, to be opened instead of our own call."""

    name: str
    url: str
    allow: tuple[str, ...]      # origins that its page may go to
    most_minutes: int


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the worker stands in the queue, and what the call's page needs; or another provider."""

    call: CallId
    token: str = ""             # for the first message on the line; never in an address
    line: str = ""
    ice: tuple[IceServer, ...] = ()
    place: int = 0              # 1: next
    wait_s: int = 0             # an estimate
    provider: Provider | None = None


class GivenUp(msgspec.Struct, frozen=True):
    """The station's side of a call is over, whatever the office thinks."""

    is_lost: bool = False       # by a fault, not because the worker wished so


class CallState(msgspec.Struct, frozen=True):
    """How a call stands, or stood at its end."""

    state: State
    ending: str = ""
    waited_s: int = 0
    talked_s: int = 0
    advice: str = ""            # the doctor's words for the worker
    share: str = ""             # opens once, within a day; made when it is first asked for after the end
