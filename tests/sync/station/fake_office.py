"""An office in memory that keeps the protocol, and faults on demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from sync.protocol.documents import Document, encode_document, key_of
from sync.protocol.events import decode_raw_entry, digest_of
from sync.protocol.wire import EnrolReply, EnrolRequest, Hello, Published, Receipt, Result
from sync.station.client import OfficeClient, Reply, Signer
from sync.station.clock import Clock


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
        start = int(hello.cursor) if hello.cursor.isdigit() else 0
        page = self._documents[start : start + self.page]
        receipt = Receipt(
            head=len(self.journals[hello.epoch]),
            server_time=self._clock.now() + timedelta(seconds=self.clock_ahead_s),
            next_sync_s=self.period_s,
            cursor=str(start + len(page)),
            more=start + len(page) < len(self._documents),
            results=tuple(results),
        )
        return Reply(receipt, page)

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
