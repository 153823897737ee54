"""What station and office say to each other about one talk with a doctor; JSON, small, and nothing of what is said."""

from __future__ import annotations

from typing import Final

import msgspec

CALLS_PATH: Final = "/api/v1/consultations"
LINE_PATH: Final = "/api/v1/consultations/line"


class Ask(msgspec.Struct, frozen=True):
    """A worker asks for a doctor; the same id asked again is the same call."""

    call: str           # 16 random bytes, base64url, made by the kiosk
    language: str = "zh_CN"
    complaint: tuple[str, ...] = ()     # what was tapped on the pictures


class IceServer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A server that helps two browsers find each other, with credentials that end soon."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


class Provider(msgspec.Struct, frozen=True):
    """Another house's page that is opened instead of our own desk's."""

    name: str
    url: str            # signed, for this call alone
    allow: tuple[str, ...] = ()     # origins the page may go to, patterns of the browser's URL list
    ends_at: str = ""   # when its signature ends, ISO 8601; empty: by minutes alone
    most_minutes: int = 30


class Asked(msgspec.Struct, frozen=True):
    """The office took the call: where to wait, or whose page to open."""

    call: str
    token: str = ""
    line: str = LINE_PATH
    ice: tuple[IceServer, ...] = ()
    place: int = 0
    wait_s: int = 0
    provider: Provider | None = None


class CallState(msgspec.Struct, frozen=True):
    """How a call stands, or how it ended."""

    state: str          # waiting, ringing, talking, ended
    ending: str = ""
    waited_s: int = 0
    talked_s: int = 0
    advice: str = ""    # the doctor's words for the worker
    share: str = ""     # opens the record once, within 24 hours
