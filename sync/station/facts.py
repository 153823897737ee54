"""Small facts about this installation: who it is, how the line is, where the documents stand."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final, Literal, TypeVar

import msgspec

from sync.protocol.decoding import decoder_of

from .errors import NotEnrolled, StoreDamaged
from .part import Part

F = TypeVar("F", bound=msgspec.Struct)
Tried = Literal["untested", "passed", "failed"]
_MAX_EARLIER: Final = 64    # a journal forks once in its life, if that


class Identity(msgspec.Struct, frozen=True):
    """Who this installation is, as agreed with the office at enrolment."""

    station: str
    name: str
    office: str         # base address, https outside loopback
    install: str
    epoch: str
    key: str = ""       # which key file signs for it; see identity.py
    earlier: tuple[str, ...] = ()   # epochs of this station before this one, newest last
    command_key: str = ""   # whose signature is on the office's commands; empty: none is carried out

    def is_same_station(self, other: Identity) -> bool:
        """Whether both are the same station of the same office, in whatever machine."""
        return (self.station, self.office) == (other.station, other.office)

    def earlier_with_own(self) -> tuple[str, ...]:
        """What is earlier once this epoch is over."""
        return (*self.earlier, self.epoch)[-_MAX_EARLIER:]


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """How this station stands with the office, noted by the agent after each turn; times are aware."""

    last_success: datetime | None = None
    next_sync_s: float = 60.0
    failing: str = ""       # code of the fault, empty when all is well
    clock_offset_s: float = 0.0     # office's clock less ours
    step: str = ""          # which step fails, a name of status.STEPS
    since: datetime | None = None   # since when it fails
    next_try: datetime | None = None
    is_synced: bool = False     # outbox empty, cursor at the head, nothing stale
    rejected: int = 0           # events that the office set aside
    free_mb: int = 0
    files_missing: int = 0      # blobs that documents need and that are not here yet
    files_fault: str = ""       # code of what hindered the last of them
    boot: str = ""              # in which run of the machine the last success was
    boot_s: float = 0.0         # … and when, by the clock that nobody can set


class Drawn(msgspec.Struct, frozen=True, omit_defaults=True):
    """That the screen was drawn, noted by the kiosk after its first frames and whenever something of it changes."""

    boot: str               # in which run of the machine
    at_boot_s: float        # … and when, by the clock that nobody can set
    version: str = ""       # of the program that drew
    scanners: int = 0       # how many the settings name
    scanners_answering: int = 0
    call: Tried = "untested"        # how the call's own check came out in this boot
    failing: dict[str, str] = {}    # parts of it that failed, each with its code
    checked_at_boot_s: float = 0.0  # when it began


class CheckWanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """That the office wants the kiosk to try all it can once more, noted by the agent; no command if it does not."""

    command: str = ""       # its id, which waits for the answer
    boot: str = ""          # in which run of the machine it was asked
    at_boot_s: float = 0.0  # … and when, by the clock that nobody can set


class PassedTest(msgspec.Struct, frozen=True, omit_defaults=True):
    """That this installation passed its set-up test; another machine with the same disk has not."""

    install: str
    at: datetime


class Service(msgspec.Struct, frozen=True):
    """Whether the office lets the station serve; out of service its screen says so, and takes nothing."""

    is_open: bool
    since: datetime


class StickUpdate(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the update on a stick goes, noted by the agent; no step if there is nothing to say."""

    step: Literal["", "installing", "trial", "runs", "failed"] = ""
    version: str = ""       # empty if it could not be read
    code: str = ""          # of what failed
    at_boot_s: float = 0.0  # when it was noted, after the machine's start: the same once more is said once more


class Facts(Part):
    """A few small facts about this installation, each replaced as a whole."""

    def find(self, type_: type[F]) -> F | None:
        """The fact of this type, if known."""
        rows = self._rows("SELECT value FROM fact WHERE name = ?", type_.__name__)
        return _decode_fact(type_, rows[0][0]) if rows else None

    def put(self, fact: msgspec.Struct) -> None:
        """Replace the fact of this type."""
        with self._writing() as connection:
            put_fact(connection, fact)

    def identity(self) -> Identity:
        """Who this station is; raises NotEnrolled."""
        identity = self.find(Identity)
        if identity is None:
            raise NotEnrolled
        return identity

    def cursor(self) -> str:
        """Where the documents stand, as the office said last; empty at first."""
        rows = self._rows("SELECT value FROM fact WHERE name = 'cursor'")
        return str(rows[0][0]) if rows else ""


def put_fact(connection: sqlite3.Connection, fact: msgspec.Struct) -> None:
    """Replace a fact inside the caller's transaction."""
    value = msgspec.json.encode(fact).decode()
    connection.execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", (type(fact).__name__, value))


def _decode_fact(type_: type[F], value: str) -> F:
    try:
        return decoder_of(type_).decode(value)
    except msgspec.MsgspecError as cause:
        raise StoreDamaged(f"fact {type_.__name__}: {cause}") from cause


def find_fact(connection: sqlite3.Connection, type_: type[F]) -> F | None:
    """The fact of this type, inside the caller's transaction."""
    row = connection.execute("SELECT value FROM fact WHERE name = ?", (type_.__name__,)).fetchone()
    return None if row is None else _decode_fact(type_, row[0])


def find_identity(connection: sqlite3.Connection) -> Identity | None:
    """Who this station is, inside the caller's transaction."""
    return find_fact(connection, Identity)


def put_cursor(connection: sqlite3.Connection, cursor: str) -> None:
    """Replace the cursor inside the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO fact (name, value) VALUES ('cursor', ?)", (cursor,))
