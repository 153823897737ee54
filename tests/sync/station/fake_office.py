"""An office in memory that keeps the protocol, and faults on demand."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from sync.protocol.digests import digest_of_span, to_hex, toggled
from sync.protocol.documents import Document, encode_document, key_of
from sync.protocol.events import decode_raw_entry, digest_of
from sync.protocol.wire import (
    SNAPSHOT_PATH,
    Digest,
    EnrolReply,
    EnrolRequest,
    Hello,
    Published,
    Receipt,
    Restart,
    Result,
    ScopeOffer,
    Snapshot,
    encode,
)
from sync.station.clock import Clock
from sync.station.errors import FileUnusable, OfficeUnreachable
from sync.station.exchange.client import OfficeClient, Part, Reply, Signer


class Pulled(NamedTuple):
    """What goes down in one reply."""

    documents: list[Published]
    cursor: str
    more: bool
    restart: Restart | None = None


class FakeOffice:
    """Journals by epoch and documents; `fail_next` queues faults, `lose_next` loses replies after the commit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.journals: dict[str, list[bytes]] = {}
        self.rejected: set[int] = set()     # seqs that this office finds broken
        self.hellos: list[Hello] = []
        self.sent: list[int] = []           # how many lines each request carried
        self.period_s = 60.0
        self.page = 2
        self.clock_ahead_s = 0.0
        self.before_reply: Callable[[], object] = lambda: None
        self.files: dict[str, bytes] = {}   # by path
        self.asked: list[tuple[str, int]] = []      # for which file, from which byte
        self.cuts: list[int] = []           # the next downloads end after these many bytes
        self._documents: list[Published] = []
        self._faults: list[Exception] = []
        self._lost: list[Exception] = []
        self._nonsense: list[Receipt] = []

    def fail_next(self, *faults: Exception) -> None:
        """Raise these instead of answering, one a request."""
        self._faults += faults

    def lose_next(self, *faults: Exception) -> None:
        """Commit, then raise: the reply was lost."""
        self._lost += faults

    def say_next(self, *receipts: Receipt) -> None:
        """Answer these whatever was asked."""
        self._nonsense += receipts

    def publishes(self, *documents: Document) -> None:
        """Publish these to the station."""
        for document in documents:
            body = msgspec.Raw(encode_document(document))
            self._documents.append(Published(document.type, key_of(document), len(self._documents) + 1, body))

    def publish(self, *items: Published) -> None:
        """Publish anything."""
        self._documents += items

    def events(self) -> list[bytes]:
        """The events of all journals, numbers left away."""
        return [bytes(decode_raw_entry(line).event) for lines in self.journals.values() for line in lines]

    def exchange(self, hello: Hello, lines: Sequence[bytes]) -> Reply:
        """One exchange, as the protocol says."""
        self.hellos.append(hello)
        self.sent.append(len(lines))
        if self._faults:
            raise self._faults.pop(0)
        results = self._ingest(self.journals.setdefault(hello.epoch, []), lines)
        self.before_reply()
        if self._lost:
            raise self._lost.pop(0)
        if self._nonsense:
            return Reply(self._nonsense.pop(0), [])
        pulled = self.pull(hello)
        receipt = Receipt(
            head=len(self.journals[hello.epoch]),
            server_time=self._clock.now() + timedelta(seconds=self.clock_ahead_s),
            next_sync_s=self.period_s,
            cursor=pulled.cursor,
            more=pulled.more,
            results=tuple(results),
            restart=pulled.restart,
            spans=tuple(
                digest_of_span(map(digest_of, self.journals[hello.epoch][first - 1 : last]))
                for first, last in hello.spans
            ),
        )
        return Reply(receipt, pulled.documents)

    def pull(self, hello: Hello) -> Pulled:
        """What an office of version 0.1.0 gives: everything, in the order it was published."""
        start = int(hello.cursor) if hello.cursor.isdigit() else 0
        page = self._documents[start : start + self.page]
        return Pulled(page, str(start + len(page)), start + len(page) < len(self._documents))

    def get_file(self, path: str, part: Part) -> None:
        """Send what is missing of a file, cut after `cut_next` bytes if that was wanted."""
        self.asked.append((path, part.size))
        found = self.files.get(path)
        if found is None or part.size > len(found):
            raise FileUnusable("not-found")
        part.begin_at(part.size)
        until = part.size + self.cuts.pop(0) if self.cuts else None
        while part.wants_more() and (chunk := found[part.size : part.size + 64]):
            if until is not None and part.size >= until:
                raise OfficeUnreachable("cut")
            part.write(chunk)

    def _ingest(self, journal: list[bytes], lines: Sequence[bytes]) -> list[Result]:
        results: list[Result] = []
        for line in lines:
            seq = decode_raw_entry(line).seq
            if seq > len(journal) + 1:
                break
            if seq <= len(journal):
                same = digest_of(journal[seq - 1]) == digest_of(line)
                results.append(Result(seq, "duplicate" if same else "fork"))
                if not same:
                    break
                continue
            journal.append(line)
            if seq in self.rejected:
                results.append(Result(seq, "rejected", "event"))
        return results


class PublishingOffice(FakeOffice):
    """One that keeps scopes and revisions as the office does: one row a document and scope, offers, snapshots."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.generation = 1
        self.rev = 0
        self.region = "330502"
        self.rows: dict[tuple[str, str, str], tuple[int, bytes | None]] = {}    # (scope, type, key) → rev, body
        self.snapshots: dict[str, Snapshot] = {}
        self.restarts = 0
        self.pages: list[int] = []      # how many documents each reply carried

    @property
    def scopes(self) -> list[str]:
        """What the station pulls."""
        return ["@330502-01", *(self.region[:length] for length in range(len(self.region) + 1))]

    def put(self, scope: str, type_: str, key: str, body: bytes) -> None:
        """Publish one document to one scope; elsewhere it leaves a tombstone."""
        self.withdraw(type_, key)
        self._revise(scope, type_, key, body)

    def withdraw(self, type_: str, key: str) -> None:
        """Leave a tombstone wherever it lives."""
        for (scope, kind, name), (_, body) in list(self.rows.items()):
            if (kind, name) == (type_, key) and body is not None:
                self._revise(scope, type_, key, None)

    def live(self) -> dict[tuple[str, str], tuple[str, str]]:
        """What the station should hold: scope and body by type and key."""
        return {
            (type_, key): (scope, body.decode())
            for (scope, type_, key), (_, body) in self.rows.items()
            if scope in self.scopes and body is not None
        }

    def make_snapshot(self, scope: str) -> Snapshot:
        """Write one of what lives in a scope now, and offer it."""
        lines = sorted(
            encode(Published(type_, key, rev, msgspec.Raw(body), where))
            for (where, type_, key), (rev, body) in self.rows.items()
            if where == scope and body is not None
        )
        file = gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)
        sha256 = hashlib.sha256(file).hexdigest()
        snapshot = Snapshot(f"{scope or 'all'}-{self.rev}-{sha256[:8]}.ndjson.gz", self.rev, len(file), sha256)
        self.snapshots[scope] = snapshot
        self.files[SNAPSHOT_PATH + snapshot.name] = file
        return snapshot

    def pull(self, hello: Hello) -> Pulled:
        """A page, or an offer if the cursor is none of ours."""
        start = f"{self.generation}.{self.region}:"
        since = hello.cursor.removeprefix(start)
        if not hello.cursor.startswith(start) or int(since) > self.rev:
            self.restarts += 1
            return Pulled([], f"{start}0", more=True, restart=Restart(self.rev, tuple(map(self._offer, self.scopes))))
        newer = sorted(
            (
                Published(type_, key, rev, None if body is None else msgspec.Raw(body), scope)
                for (scope, type_, key), (rev, body) in self.rows.items()
                if scope in self.scopes and rev > max(int(since), hello.floors.get(scope, 0))
            ),
            key=lambda document: document.rev,
        )
        page = newer[: self.page]
        self.pages.append(len(page))
        more = len(newer) > len(page)
        return Pulled(page, f"{start}{page[-1].rev if more else self.rev}", more)

    def _revise(self, scope: str, type_: str, key: str, body: bytes | None) -> None:
        self.rev += 1
        self.rows[scope, type_, key] = self.rev, body

    def _offer(self, scope: str) -> ScopeOffer:
        sums: dict[str, tuple[int, int]] = {}
        for (where, type_, key), (_, body) in self.rows.items():
            if where == scope and body is not None:
                count, digest = sums.get(type_, (0, 0))
                sums[type_] = count + 1, toggled(digest, key, body)
        digests = {type_: Digest(count, to_hex(digest)) for type_, (count, digest) in sums.items()}
        return ScopeOffer(scope, digests, self.snapshots.get(scope))


class FakeClient(OfficeClient):
    """A client whose wire is a function call."""

    def __init__(self, office: FakeOffice, address: str) -> None:
        super().__init__(address)
        self._fake = office

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """No test enrols through this fake; one that did would end here."""
        raise AssertionError(f"enrol was not expected: {request.install}")

    def exchange(self, signer: Signer, hello: Hello, lines: Sequence[bytes], now: Callable[[], datetime]) -> Reply:
        """Straight to the fake office."""
        return self._fake.exchange(hello, lines)

    def get_file(self, signer: Signer, path: str, part: Part, now: Callable[[], datetime]) -> None:
        """Straight from the fake office."""
        self._fake.get_file(path, part)
