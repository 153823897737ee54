"""The doors to files, asked as a station asks them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from sync.central.core.doors.api import answer, find_door
from sync.central.core.doors.messages import FilePart, Request, Response
from sync.central.core.enrolment import revoke
from sync.central.core.models import Blob, Snapshot
from sync.central.core.publishing.blobs import add_blob
from sync.central.core.publishing.documents import EVERYBODY, publish
from sync.central.core.publishing.snapshots import MIN_DOCUMENTS, make_snapshot, refresh_snapshots, snapshot_folder
from sync.protocol import wire
from sync.protocol.documents import Title
from sync.protocol.signatures import sign

from .conftest import on_both_databases
from .fake_station import FakeStation

pytestmark = [pytest.mark.django_db, on_both_databases]
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CONTENT = b"%PDF-1.7 and what follows"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.YIZHAN_DATA = tmp_path
    return tmp_path


@pytest.fixture
def blob(folder: Path) -> Blob:
    (folder / "x.pdf").write_bytes(CONTENT)
    return add_blob(folder / "x.pdf", NOW)


def headers_for(station: FakeStation, path: str, **changes: object) -> dict[str, str]:
    fields = {"created": datetime.now(UTC), "nonce": secrets.token_hex(12), **changes}
    headers = sign(station.key, station.id, "GET", f"http://office{path}", b"", **fields)  # type: ignore[arg-type]
    return {name.lower(): value for name, value in headers.items()}


def get(station: FakeStation, path: str, **headers: str) -> Response:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(path, {**headers_for(station, path), **more})


def ask(path: str, headers: Mapping[str, str]) -> Response:
    return answer(find_door("GET", path, 0), Request("GET", path, headers=headers))


def content(response: Response) -> bytes:
    part = response.body
    assert isinstance(part, FilePart)
    return part.path.read_bytes()[part.start : part.start + part.size]


def code(response: Response) -> str:
    assert isinstance(response.body, bytes)
    return wire.decode(wire.Refusal, response.body).code


def test_a_blob_comes_whole(station: FakeStation, blob: Blob) -> None:
    response = get(station, wire.BLOB_PATH + blob.sha256)
    assert (response.status, response.content_type, content(response)) == (200, "application/pdf", CONTENT)
    assert response.headers["ETag"] == f'"{blob.sha256}"'
    assert response.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(("wanted", "start", "end"), [
    ("bytes=0-", 0, 24), ("bytes=5-", 5, 24), ("bytes=24-", 24, 24), ("bytes=3-7", 3, 7), ("bytes=3-999", 3, 24),
    ("bytes=0-0", 0, 0),
])
def test_a_cut_download_goes_on_where_it_was(
    station: FakeStation, blob: Blob, wanted: str, start: int, end: int
) -> None:
    response = get(station, wire.BLOB_PATH + blob.sha256, range=wanted)
    assert response.status == 206
    assert content(response) == CONTENT[start : end + 1]
    assert response.headers["Content-Range"] == f"bytes {start}-{end}/25"
    assert response.size == end - start + 1


@pytest.mark.parametrize("wanted", [
    "", "bytes", "bytes=", "bytes=-5", "bytes=7-3", "bytes=0-1,3-4", "bytes=x-", "bytes=٣-", "lines=0-1",
    "bytes=" + "9" * 16 + "-", "bytes = 0-",
])
def test_a_range_that_is_none_is_answered_with_the_whole(station: FakeStation, blob: Blob, wanted: str) -> None:
    response = get(station, wire.BLOB_PATH + blob.sha256, range=wanted)
    assert (response.status, content(response)) == (200, CONTENT)


def test_a_range_past_the_end_is_refused(station: FakeStation, blob: Blob) -> None:
    for wanted in ("bytes=25-", "bytes=26-30", "bytes=" + "9" * 15 + "-"):
        response = get(station, wire.BLOB_PATH + blob.sha256, range=wanted)
        assert (response.status, code(response)) == (416, "range")
        assert response.headers["Content-Range"] == "bytes */25"


def test_a_range_of_another_file_is_answered_with_the_whole(station: FakeStation, blob: Blob) -> None:
    path = wire.BLOB_PATH + blob.sha256
    assert get(station, path, range="bytes=5-", if_range='"other"').status == 200
    assert get(station, path, range="bytes=5-", if_range=f'"{blob.sha256}"').status == 206


def test_a_snapshot_comes_to_who_pulls_its_scope(station: FakeStation) -> None:
    titles = [Title(isbn=str(number), title="x") for number in range(MIN_DOCUMENTS)]
    publish("33", titles)
    refresh_snapshots(NOW)
    snapshot = Snapshot.objects.get()
    response = get(station, wire.SNAPSHOT_PATH + snapshot.name)
    assert (response.status, response.content_type) == (200, "application/gzip")
    assert content(response) == (snapshot_folder() / snapshot.name).read_bytes()
    publish("65", titles)
    other = make_snapshot("65", NOW)
    assert get(station, wire.SNAPSHOT_PATH + other.name).status == 404


def test_only_a_station_that_is_enrolled_and_not_revoked_gets_files(station: FakeStation, blob: Blob) -> None:
    path = wire.BLOB_PATH + blob.sha256
    assert code(ask(path, {})) == "unsigned"
    other = wire.BLOB_PATH + "0" * 64
    assert code(ask(path, headers_for(station, other))) == "bad-signature"
    stranger = FakeStation(station._post, "330502-99")
    assert ask(path, headers_for(stranger, path)).status == 401
    assert code(ask(path, headers_for(station, path, created=datetime.now(UTC) - timedelta(hours=1)))) == "clock"
    revoke(station.id, NOW)
    assert code(get(station, path)) == "revoked"


@pytest.mark.parametrize("name", [
    "", ".", "..", "lock", "draft", "../secret.key", "..%2fsecret.key", "a/b", "x" * 97, "0" * 64,
])
def test_names_that_are_none_of_ours_are_not_found(station: FakeStation, blob: Blob, folder: Path, name: str) -> None:
    (folder / "secret.key").write_text("secret")
    publish(EVERYBODY, [Title(isbn=str(number), title="x") for number in range(MIN_DOCUMENTS)])
    refresh_snapshots(NOW)
    for path in (wire.BLOB_PATH, wire.SNAPSHOT_PATH):
        response = get(station, path + name)
        assert code(response) == "not-found"
    assert code(get(station, f"{wire.BLOB_PATH}{name}/{blob.sha256}")) == "not-found"


@pytest.mark.parametrize("name", ["\0", "é", "\n", "?", "#"])
def test_names_that_cannot_be_signed_are_refused(station: FakeStation, name: str) -> None:
    for path in (wire.BLOB_PATH, wire.SNAPSHOT_PATH):
        assert code(ask(path + name, headers_for(station, path))) in {"bad-signature", "not-found"}


def test_a_file_that_is_gone_is_not_found_and_logged(
    station: FakeStation, blob: Blob, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "blobs" / blob.sha256).unlink()
    assert code(get(station, wire.BLOB_PATH + blob.sha256)) == "not-found"
    assert caplog.messages == [f"the file {blob.sha256} is missing in the data folder"]
