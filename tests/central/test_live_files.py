"""Files over a real line: streamed, resumed, and nobody keeps the others waiting."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import http.client
import secrets
import time
from collections.abc import Callable, Generator, MutableMapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.central.core.doors.messages import FilePart, Response
from sync.central.gate import Gate
from sync.protocol import wire
from sync.protocol.signatures import sign
from tests.bench.publishing import publish_to

from .live import LiveOffice, station_of

MB = 1024 * 1024


@contextmanager
def ask(
    office: LiveOffice, station: str, key: Ed25519PrivateKey, path: str, **headers: str
) -> Generator[http.client.HTTPResponse]:
    """A signed GET; the connection ends with the block."""
    signed = sign(key, station, "GET", office.url + path, b"", created=datetime.now(UTC), nonce=secrets.token_hex(12))
    connection = http.client.HTTPConnection("127.0.0.1", office.port, timeout=60)
    connection.request("GET", path, headers={**signed, **headers})
    with closing(connection), connection.getresponse() as reply:
        yield reply


def test_a_file_is_streamed_and_resumed_in_bounded_memory(
    tmp_path: Path, make_database: Callable[[], str]
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"\0\0\0\x20ftypisom" + secrets.token_bytes(MB) * 48)
    with LiveOffice(tmp_path / "office", database_url=make_database()) as office:
        office.add_station("330502-01")
        station = station_of(office, "330502-01")
        sha256 = office.run("blob", "add", str(film)).split()[0]
        path = wire.BLOB_PATH + sha256
        before = psutil.Process(office.server_pid).memory_info().rss
        with ask(office, station.id, station.key, path) as reply:
            assert reply.status == 200
            assert int(reply.headers["Content-Length"]) == film.stat().st_size
            got = reply.read(20 * MB)
        with ask(office, station.id, station.key, path, Range=f"bytes={len(got)}-") as reply:
            assert reply.status == 206
            got += reply.read()
        assert hashlib.sha256(got).hexdigest() == sha256
        assert psutil.Process(office.server_pid).memory_info().rss - before < 16 * MB
        with ask(office, station.id, station.key, path, Range=f"bytes={len(got)}-") as reply:
            assert reply.status == 416
            assert wire.decode(wire.Refusal, reply.read()).code == "range"
        with ask(office, station.id, Ed25519PrivateKey.generate(), path) as reply:
            assert reply.status == 401
        office.revoke(station.id)
        with ask(office, station.id, station.key, path) as reply:
            assert reply.status == 403


def test_a_running_office_makes_snapshots_by_itself(tmp_path: Path, make_database: Callable[[], str]) -> None:
    office = LiveOffice(tmp_path, database_url=make_database(), example=True)
    office.add_station("330502-77")
    assert office.run("snapshot") == "新做了 0 个快照"
    publish_to(office, "copies", 1, 700)
    with office:
        deadline = time.monotonic() + 60
        while not office.rows("SELECT 1 FROM core_snapshot"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        station = station_of(office, "330502-77")
        restart = station.sync().receipt.restart
        assert restart is not None
        [snapshot] = [offer.snapshot for offer in restart.scopes if offer.snapshot]
        with ask(office, station.id, station.key, wire.SNAPSHOT_PATH + snapshot.name) as reply:
            content = reply.read()
        assert hashlib.sha256(content).hexdigest() == snapshot.sha256
        counts = [held.count for offer in restart.scopes if offer.snapshot for held in offer.digests.values()]
        assert len(gzip.decompress(content).splitlines()) == sum(counts)


async def never(_message: MutableMapping[str, Any]) -> None:
    """One who never takes what is sent."""
    await asyncio.Event().wait()


def test_only_so_many_files_are_sent_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(100))
    response = Response(200, FilePart(tmp_path / "x", 0, 100))

    async def play() -> list[int]:
        gate, begun = Gate(1, 1, 1), asyncio.Event()

        async def begin(message: MutableMapping[str, Any]) -> None:
            begun.set()
            await never(message)

        slow = asyncio.create_task(gate._hand_over(begin, response))
        await begun.wait()
        heard: list[MutableMapping[str, Any]] = []

        async def hear(message: MutableMapping[str, Any]) -> None:
            heard.append(message)

        await gate._hand_over(hear, response)
        slow.cancel()
        await asyncio.wait([slow])
        await gate._hand_over(hear, response)
        return [message["status"] for message in heard if "status" in message]

    assert asyncio.run(play()) == [503, 200]


def test_who_takes_a_file_too_slowly_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(100))

    async def play() -> None:
        gate = Gate(1, 1, 1, chunk_s=0.01)

        async def start_only(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.body":
                await never(message)

        with pytest.raises(TimeoutError):
            await gate._hand_over(start_only, Response(200, FilePart(tmp_path / "x", 0, 100)))
        assert gate._files == 0

    asyncio.run(play())
