"""Everything the machine can be asked, and what it answers: a line of JSON each. Nothing else is ever run.

    {"do":"restart","program":"kiosk"}      →   {"ok":true}
    {"do":"slots"}                          →   {"ok":true,"booted":"A","version":"2026.12.1",…}
    {"do":"install","path":"a.raucb"}       →   {"ok":false,"code":"HOST-SIGNATURE","detail":"…"}
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from sync.protocol.errors import SyncError

from .errors import FAULTS, HostError, HostUnknown

SOCKET: Final = "/run/yizhan/host.sock"
MAX_LINE_BYTES: Final = 8 * 1024        # of a request
MAX_REPLY_BYTES: Final = 512 * 1024
Rotation = Literal[0, 90, 180, 270]
Number = Annotated[float, msgspec.Meta(ge=-1000, le=1000)]
Matrix = tuple[Number, Number, Number, Number, Number, Number, Number, Number, Number]
UPRIGHT: Final[Matrix] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
BundleName = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,120}\Z")]


class Request(msgspec.Struct, frozen=True, tag_field="do", forbid_unknown_fields=True):
    """Base of all that can be asked."""


class Network(Request, frozen=True, tag="network"):
    """Which network links there are, and how they are."""


class Screen(Request, frozen=True, tag="screen"):
    """Turn the screen clockwise, set where it is touched; what is None stays. Kept and shown at once."""

    rotation: Rotation | None = None
    matrix: Matrix | None = None    # of the touch, on the panel as it was built, before it is turned


class Site(Request, frozen=True, tag="site"):
    """What is wrong with the site file, as it was found when the machine started."""


class SetClock(Request, frozen=True, tag="clock"):
    """Set the machine's clock, where no network does; one that does has the last word."""

    at: Annotated[datetime, msgspec.Meta(tz=True)]


class Slots(Request, frozen=True, tag="slots"):
    """Which system runs, and what the other slot holds."""


class Inspect(Request, frozen=True, tag="inspect"):
    """Prove a bundle's signature, and tell what it is."""

    path: BundleName    # its name in the folder of updates


class Install(Request, frozen=True, tag="install"):
    """Write a bundle into the other slot; the next boot tries it. Takes minutes."""

    path: BundleName


class Mark(Request, frozen=True, tag="mark"):
    """Say whether the system that runs is good: then it stays, or the other one is booted next."""

    how: Literal["good", "bad"]


class Activate(Request, frozen=True, tag="activate"):
    """Say which slot is booted next."""

    slot: Literal["booted", "other"]


class Reboot(Request, frozen=True, tag="reboot"):
    """Start the machine anew."""


class Restart(Request, frozen=True, tag="restart"):
    """Start one of our programs anew."""

    program: Literal["kiosk", "agent"]


class Logs(Request, frozen=True, tag="logs"):
    """The last lines that our programs logged, without numbers of people."""

    lines: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 400


class Watchdog(Request, frozen=True, tag="watchdog"):
    """Whether a watchdog of hardware is there."""


Question = Network | Site | Slots | Inspect | Logs | Watchdog     # changes nothing
AnyRequest = Question | Screen | SetClock | Install | Mark | Activate | Reboot | Restart


class Link(msgspec.Struct, frozen=True):
    """One way into the network."""

    name: str
    kind: Literal["wired", "wifi"]
    is_up: bool
    address: str = ""   # the first one, empty if it has none
    ssid: str = ""


class Links(msgspec.Struct, frozen=True):
    """All of them, those that are up first."""

    links: tuple[Link, ...] = ()


class ScreenSet(msgspec.Struct, frozen=True):
    """How the screen is turned and touched."""

    rotation: Rotation = 0
    matrix: Matrix = UPRIGHT


class SiteState(msgspec.Struct, frozen=True):
    """The site file: every fault of it, with its line; none where it is right, or where there is none."""

    faults: tuple[str, ...] = ()


class SlotState(msgspec.Struct, frozen=True):
    """The system that runs, and the one beside it; versions are empty where nobody knows."""

    booted: str
    version: str
    other_version: str
    is_trial: bool      # what runs is being tried: without a mark the machine goes back
    is_good: bool       # what runs was marked good, in this boot or before


class Bundle(msgspec.Struct, frozen=True):
    """What a bundle says of itself, under its signature."""

    version: str
    is_downgrade_allowed: bool = False


class LogText(msgspec.Struct, frozen=True):
    """What was logged, newest last."""

    text: str


class WatchdogState(msgspec.Struct, frozen=True):
    """The watchdog of hardware."""

    is_present: bool
    name: str = ""
    timeout_s: int = 0


class Done(msgspec.Struct, frozen=True):
    """It was done."""


class _Answer(msgspec.Struct):
    ok: bool
    code: str = ""
    detail: str = ""


_requests: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)


def decode_request(line: bytes) -> AnyRequest:
    """What is asked; raises HostUnknown for whatever is not in the table."""
    try:
        return _requests.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise HostUnknown(str(cause)[:200]) from cause


def encode_answer(answer: msgspec.Struct) -> bytes:
    """The line of what was done."""
    return msgspec.json.encode({"ok": True} | msgspec.to_builtins(answer)) + b"\n"


def encode_fault(fault: SyncError) -> bytes:
    """The line of what was not."""
    return msgspec.json.encode({"ok": False, "code": fault.code, "detail": fault.detail[:500]}) + b"\n"


def raise_fault(line: bytes) -> None:
    """Raise what the machine refused with, if it did; raises HostError."""
    try:
        answer = msgspec.json.decode(line, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise HostError("the answer cannot be read") from cause
    if not answer.ok:
        raise FAULTS.get(answer.code, HostError)(answer.detail)
