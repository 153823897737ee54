"""Schemathesis against a real office: whatever is sent, the answer is one that the description knows.

`make fuzz` makes very many of each sort instead of a handful.
"""

from __future__ import annotations

import gzip
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import jsonschema_rs
import msgspec
import pytest
import requests
import schemathesis
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sync.protocol import wire
from sync.protocol.events import CheckedIn, digest_of
from sync.protocol.signatures import sign
from tests.chance import IS_FIXED, tries

from .fake_station import FakeStation
from .live import LiveOffice
from .test_live import station_of

pytestmark = [pytest.mark.slow, pytest.mark.chance]
ENVELOPE = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance]
CHECKS = [*ENVELOPE, response_schema_conformance]
DOORS = ["POST /api/v1/enrol", "POST /api/v1/sync", "GET /api/v1/snapshots/{name}", "GET /api/v1/blobs/{sha256}"]
bounded = hypothesis.settings(
    max_examples=tries(8), deadline=None, derandomize=IS_FIXED, database=None,
    phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck),
)


@schemathesis.serializer(wire.CONTENT_TYPE)
def write_lines(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """A generated body as gzipped lines; one that is no list is a single line."""
    lines = value if isinstance(value, list) else [value]
    return gzip.compress(b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    ))


class Signed(AuthBase):
    """Signs whatever goes out, as an enrolled station would."""

    def __init__(self, station: FakeStation) -> None:
        self._station = station

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        request.headers.update(sign(
            self._station.key, self._station.id, str(request.method), str(request.url),
            body if isinstance(body, bytes) else str(body).encode(),
            created=datetime.now(UTC), nonce=secrets.token_hex(12),
        ))
        return request


class From(HTTPAdapter):
    """Comes from another address of loopback, so that one visitor's failures do not shut out the next."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options, source_address=(self._address, 0))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, make_database: Callable[[], str]) -> Iterator[LiveOffice]:
    with LiveOffice(tmp_path_factory.mktemp("office"), database_url=make_database(), example=True) as office:
        yield office
        assert "Traceback" not in office.log_path.read_text()


@pytest.fixture(scope="module")
def station(office: LiveOffice) -> FakeStation:
    return station_of(office, "330502-01")


@pytest.fixture(scope="module")
def doors(office: LiveOffice) -> dict[str, Any]:
    """The operations of the served description."""
    description = requests.get(f"{office.url}/api/v1/openapi.json", timeout=60).json()
    body = description["paths"][wire.SYNC_PATH]["post"]["requestBody"]["content"][wire.CONTENT_TYPE]["schema"]
    body["maxItems"] = 6    # long bodies take long to make up, and find no more
    schema = schemathesis.openapi.from_dict(description)
    return {operation.ok().label: operation.ok() for operation in schema.get_all_operations()}


@pytest.fixture(params=list(GenerationMode), ids=str)
def mode(request: pytest.FixtureRequest) -> GenerationMode:
    """Bodies that fit the description, and bodies that do not."""
    return request.param


def run(case: Callable[..., None]) -> None:
    bounded(case)()


def gunzipped(body: bytes) -> list[bytes]:
    return gzip.decompress(body).removesuffix(b"\n").split(b"\n")


def kept(office: LiveOffice, station: str, epoch: str) -> tuple[set[str], list[int]]:
    """Digests of all that the office has of a journal, and the numbers that count towards its head."""
    journal = "core_journal j ON j.id = journal_id WHERE j.station_id = ? AND j.epoch = ?"
    stored = office.rows(f"SELECT seq, digest, 'stored' FROM core_event JOIN {journal}", station, epoch)
    aside = office.rows(f"SELECT seq, digest, why FROM core_quarantine JOIN {journal}", station, epoch)
    rows = [*stored, *aside]
    return {digest for _, digest, _ in rows}, sorted(seq for seq, _, why in rows if why in {"stored", "rejected"})


def check_kept(office: LiveOffice, station: FakeStation, sent: bytes, answer: bytes, heads: dict[str, int]) -> None:
    """What a receipt newly says is safe is in the journal or in quarantine; `heads` are those of before, by epoch."""
    receipt, _ = wire.unpack(answer, wire.Receipt)
    first, *lines = gunzipped(sent)
    epoch = msgspec.json.decode(first)["epoch"]
    digests, settled = kept(office, station.id, epoch)
    assert settled == list(range(1, receipt.head + 1))
    safe = min([receipt.head, *(result.seq - 1 for result in receipt.results if result.status == "fork")])
    before, heads[epoch] = heads.get(epoch, 0), receipt.head
    for line in lines:
        seq = seq_of(line)
        if seq is None:
            continue
        if not before < seq <= safe:
            break   # out of order, as no journal is: only its numbers are answered for
        assert digest_of(line) in digests
        before = seq


def seq_of(line: bytes) -> int | None:
    """The number a line gives itself, if it does."""
    try:
        seq = msgspec.json.decode(line)["seq"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return None
    return seq if isinstance(seq, int) else None


def make_plausible(body: Any, station: FakeStation, data: st.DataObject) -> None:
    """Put right most of what no generator can guess, so that most cases come past the first checks."""
    lines = body if isinstance(body, list) else [body]
    right: list[dict[str, Any]] = [
        {"v": 1, "install": station.install, "epoch": station.epoch, "sent_at": datetime.now(UTC).isoformat()},
        *({"seq": station.acked + place} for place in range(1, len(lines))),
    ]
    for line, fields in zip(lines, right, strict=False):
        for name, value in fields.items():
            if isinstance(line, dict) and data.draw(st.integers(0, 9)):
                line[name] = value


def test_signed_exchanges(
    office: LiveOffice, station: FakeStation, doors: dict[str, Any], mode: GenerationMode
) -> None:
    station.epoch, station.acked = f"{mode}", 0
    heads: dict[str, int] = {}
    statuses: list[int] = []
    session = requests.Session()
    description = doors["POST /api/v1/sync"].schema.raw_schema
    reply = description["paths"]["/api/v1/sync"]["post"]["responses"]["200"]["content"][wire.CONTENT_TYPE]["schema"]
    lines_of_reply = jsonschema_rs.Draft202012Validator({**reply, "components": description["components"]})

    @hypothesis.given(case=doors["POST /api/v1/sync"].as_strategy(mode), data=st.data())
    def exchange(case: Case, data: st.DataObject) -> None:
        make_plausible(case.body, station, data)
        response = case.call(base_url=office.url, session=session, auth=Signed(station))
        statuses.append(response.status_code)
        # Schemathesis reads no `prefixItems` in a response; the lines of a good one are judged here.
        case.validate_response(response, checks=ENVELOPE if response.status_code == 200 else CHECKS)
        if response.status_code == 200:
            assert lines_of_reply.is_valid([msgspec.json.decode(line) for line in gunzipped(response.content)])
            check_kept(office, station, response.request.body, response.content, heads)
            station.acked = heads.get(station.epoch, 0)

    with session:
        run(exchange)
    assert statuses.count(200) >= bounded.max_examples // 4 if mode.is_positive else set(statuses) - {200}
    station.epoch = f"after-{mode}"
    assert station.sync([station.line(CheckedIn(checkin="c", trade="t"), seq=1)], acked=0).receipt.head == 1


def test_signed_files(
    office: LiveOffice, station: FakeStation, doors: dict[str, Any], mode: GenerationMode, tmp_path: Path
) -> None:
    (tmp_path / "film.pdf").write_bytes(b"%PDF-1.7" + bytes(5_000))
    name = office.run("blob", "add", str(tmp_path / "film.pdf")).split()[0]
    statuses: set[int] = set()
    with requests.Session() as session:
        for label in DOORS[2:]:
            @hypothesis.given(case=doors[label].as_strategy(mode), is_there=st.booleans())
            def fetch(case: Case, is_there: bool) -> None:
                if is_there and "sha256" in case.path_parameters:
                    case.path_parameters["sha256"] = name
                response = case.call(base_url=office.url, session=session, auth=Signed(station))
                case.validate_response(response, checks=CHECKS)
                statuses.add(response.status_code)

            run(fetch)
    assert statuses >= {200, 404}


def test_unsigned(office: LiveOffice, doors: dict[str, Any]) -> None:
    before = office.events()
    with requests.Session() as session:
        for label in DOORS[1:]:
            @hypothesis.given(case=doors[label].as_strategy())
            def knock(case: Case) -> None:
                response = case.call(base_url=office.url, session=session)
                case.validate_response(response, checks=CHECKS)
                assert response.status_code in {400, 401, 404, 413}

            run(knock)
    assert office.events() == before


def test_enrolment(office: LiveOffice, doors: dict[str, Any], mode: GenerationMode) -> None:
    # The same code with the same key is good again and again: a reply may be lost.
    right = {"code": office.make_code("330211-01"), "public_key": "ab" * 32, "install": "i", "epoch": "e"}
    addresses = (f"127.{1 + mode.is_negative}.{number // 250}.{1 + number % 250}" for number in count())
    statuses: set[int] = set()

    @hypothesis.given(case=doors["POST /api/v1/enrol"].as_strategy(mode), data=st.data())
    def enrol(case: Case, data: st.DataObject) -> None:
        if isinstance(case.body, dict):
            case.body |= {name: value for name, value in right.items() if data.draw(st.integers(0, 9))}
        with requests.Session() as session:
            session.mount("http://", From(next(addresses)))
            response = case.call(base_url=office.url, session=session)
        case.validate_response(response, checks=CHECKS)
        statuses.add(response.status_code)

    run(enrol)
    assert statuses >= {200, 403 if mode.is_positive else 400}
