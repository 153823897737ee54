"""A station that speaks the protocol correctly, or wrongly when told to."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.protocol import wire
from sync.protocol.events import Event, encode_entry
from sync.protocol.signatures import sign

CHINA = timezone(timedelta(hours=8))


class Reply(NamedTuple):
    """What the office answered."""

    status: int
    body: bytes

    @property
    def receipt(self) -> wire.Receipt:
        """The receipt of a 200."""
        return wire.unpack(self.body, wire.Receipt)[0]

    @property
    def documents(self) -> list[wire.Published]:
        """The documents of a 200."""
        return [wire.decode_published(line) for line in wire.unpack(self.body, wire.Receipt)[1]]

    @property
    def refusal(self) -> wire.Refusal:
        """The body of a 4xx or 5xx."""
        return wire.decode(wire.Refusal, self.body)


Post = Callable[[str, bytes, Mapping[str, str]], Reply]


class FakeStation:
    """Enrols and exchanges over any `post`; keeps its cursor and head as a good station does."""

    def __init__(self, post: Post, station: str = "330502-01") -> None:
        self._post = post
        self.id = station
        self.key = Ed25519PrivateKey.generate()
        self.install = "install-1"
        self.epoch = "epoch-1"
        self.acked = 0
        self.cursor = ""
        self.next_seq = 1
        self.health = wire.Health(version="0.1.0")

    def enrol(self, code: str, **changes: Any) -> Reply:
        """Use a one-time code; fields of the request may be changed."""
        fields = {
            "code": code,
            "public_key": self.key.public_key().public_bytes_raw().hex(),
            "install": self.install,
            "epoch": self.epoch,
            **changes,
        }
        return self.ask_to_enrol(wire.encode(wire.EnrolRequest(**fields)))

    def ask_to_enrol(self, body: bytes) -> Reply:
        """Any bytes to the enrolment door."""
        return self._post(wire.ENROL_PATH, body, {})

    def line(self, event: Event, at: datetime | None = None, seq: int | None = None) -> bytes:
        """The next journal line."""
        if seq is None:
            seq, self.next_seq = self.next_seq, self.next_seq + 1
        return encode_entry(seq, at or datetime.now(CHINA), event)

    def body(self, lines: Sequence[bytes] = (), **changes: Any) -> bytes:
        """A packed request; fields of the header may be changed."""
        fields = {
            "v": wire.VERSION,
            "epoch": self.epoch,
            "install": self.install,
            "acked": self.acked,
            "cursor": self.cursor,
            "sent_at": datetime.now(UTC),
            "health": self.health,
            **changes,
        }
        return wire.pack(wire.Hello(**fields), lines)

    def signed(self, body: bytes, created: datetime | None = None, nonce: str = "") -> dict[str, str]:
        """The headers that sign this body."""
        return sign(
            self.key, self.id, "POST", f"http://office{wire.SYNC_PATH}", body,
            created=created or datetime.now(UTC), nonce=nonce or secrets.token_hex(12),
        )

    def send(self, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Any bytes to the sync door, well signed unless headers are given."""
        return self._post(wire.SYNC_PATH, body, self.signed(body) if headers is None else headers)

    def sync(self, lines: Sequence[bytes] = (), **changes: Any) -> Reply:
        """One exchange; a 200 moves head and cursor."""
        reply = self.send(self.body(lines, **changes))
        if reply.status == 200:
            self.acked, self.cursor = reply.receipt.head, reply.receipt.cursor
        return reply

    def pull(self, **changes: Any) -> list[wire.Published]:
        """Exchange until nothing more waits; every document that came."""
        found: list[wire.Published] = []
        while True:
            reply = self.sync(**changes)
            changes.pop("cursor", None)
            found += reply.documents
            if not reply.receipt.more:
                return found
