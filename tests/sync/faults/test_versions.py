"""Every released version against every other: what was once said on the wire is understood for ever.

The examples lie in tests/data/wire, written once and never changed; a new release adds its own.
"""

from __future__ import annotations

import gzip
import secrets
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec
import pytest

from sync.protocol import wire
from sync.protocol.signatures import sign
from sync.station.exchange.agent import Agent
from sync.station.facts import Identity, Standing
from sync.station.identity import Keys, find_install, name_of, store_path
from sync.station.store import Store
from tests.sync.station.raw_office import RawOffice, answer
from tests.sync.wire_files import FOLDER, bytes_of, lines_of

from .ledger import fact_of
from .play import Play
from .stories import hear
from .worker import Worker
from .world import StationFolder

HELLOS = sorted(path.name for path in FOLDER.glob("hello-*.json"))
RECEIPTS = sorted(path.name for path in FOLDER.glob("receipt-*.json"))
REFUSALS = sorted(path.name for path in FOLDER.glob("refusal-*.json"))


def say(play: Play, folder: StationFolder, hello: dict[str, object], lines: list[bytes]) -> tuple[int, bytes]:
    """A released station's words, in the name of one of today's; status and body of the answer."""
    store = Store.open(store_path(folder.data))
    identity = store.facts.identity()
    store.close()
    changed = {"epoch": "released", "install": identity.install, "sent_at": datetime.now(UTC), "acked": 0}
    body = gzip.compress(b"\n".join([msgspec.json.encode({**hello, **changed}), *lines]) + b"\n")
    url = f"http://127.0.0.1:{play.town.office.port}{wire.SYNC_PATH}"
    headers = sign(
        Keys(folder.data).load(identity.key), identity.station, "POST", url, body,
        created=datetime.now(UTC), nonce=secrets.token_urlsafe(12),
    )
    try:
        with urlopen(Request(url, body, {**headers, "Content-Type": wire.CONTENT_TYPE}), timeout=20) as reply:
            return reply.status, reply.read()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def hear_hello(play: Play, name: str) -> None:
    folder = play.settle()
    lines = lines_of("journal-v1.ndjson")
    for line in lines:
        folder.ledger.tries(fact_of(line))
    status, body = say(play, folder, msgspec.json.decode(bytes_of(name)), lines)
    receipt, documents = wire.unpack(body, wire.Receipt)
    assert (status, receipt.head, receipt.results) == (200, len(lines), ())
    assert receipt.restart is not None or documents
    assert [event.line for event in play.town.office_side().events if event.epoch == "released"] == lines


def hear_other_versions(play: Play) -> None:
    folder = play.settle()
    for version in (wire.OLDEST_VERSION - 1, wire.VERSION + 1):
        hello = {**msgspec.json.decode(bytes_of("hello-v1.json")), "v": version, "new": {"shape": [1]}}
        status, body = say(play, folder, hello, [])
        refusal = wire.decode(wire.Refusal, body)
        assert (status, refusal.code, refusal.versions) == (400, "version", (wire.OLDEST_VERSION, wire.VERSION))


@pytest.mark.slow
@pytest.mark.parametrize("name", HELLOS)
def test_every_released_station_is_understood_by_todays_office(worker: Worker, name: str) -> None:
    hear(worker, hear_hello, name)


@pytest.mark.slow
def test_a_version_out_of_range_is_told_the_range(worker: Worker) -> None:
    hear(worker, hear_other_versions)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = Store.open(store_path(tmp_path), create=True)
    key = Keys(tmp_path).make()
    identity = Identity(
        station="330502-01", name="", office="http://127.0.0.1:9", install=find_install(), epoch="e1", key=name_of(key)
    )
    store.enrol(identity)
    store.close()
    return tmp_path


def turn_with(data: Path, reply: bytes) -> tuple[Standing, str, int]:
    """One turn of today's agent against these words: how it stands, its cursor, how many documents it has."""
    with RawOffice(reply) as office:
        store = Store.open(store_path(data))
        store.facts.put(msgspec.structs.replace(store.facts.identity(), office=office.url))
        agent = Agent(data)
        agent.turn()
        agent.close()
        standing, cursor = store.facts.find(Standing) or Standing(), store.facts.cursor()
        count = sum(found.count for found in store.documents.digests().values())
        store.close()
    return standing, cursor, count


@pytest.mark.parametrize("name", RECEIPTS)
def test_every_released_office_is_understood_by_todays_station(data: Path, name: str) -> None:
    said = msgspec.json.decode(bytes_of(name))
    # What a file says of events is of another journal; here there are none.
    head = msgspec.json.encode({**said, "head": 0, "results": [], "more": False})
    body = gzip.compress(b"\n".join([head, *lines_of("published-v1.ndjson")]) + b"\n")
    standing, cursor, count = turn_with(data, answer(200, body, Content_Type=wire.CONTENT_TYPE))
    assert (standing.failing, cursor) == ("", said["cursor"])
    assert count == sum(b'"body":null' not in line for line in lines_of("published-v1.ndjson"))


@pytest.mark.parametrize("name", REFUSALS)
def test_every_released_refusal_is_understood_by_todays_station(data: Path, name: str) -> None:
    standing, _, _ = turn_with(data, answer(401, bytes_of(name), Content_Type="application/json"))
    assert standing.failing.startswith("SYNC-")
    assert standing.failing not in {"SYNC", "SYNC-WIRE"}
