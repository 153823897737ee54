"""Files over a real socket: resumed, proven, bounded; whatever an office, proxy or portal answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.protocol import wire
from sync.protocol.errors import SyncError, WireError
from sync.protocol.signatures import verify
from sync.station import errors
from sync.station.exchange.client import OfficeClient, Signer
from sync.station.files.download import Download, part_of
from tests.sync.station.raw_office import RawOffice, answer

NOW = datetime(2026, 11, 23, 6, 26, 3, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = Signer("330502-01", KEY)
FILE = bytes(range(256)) * 4
SHA256 = hashlib.sha256(FILE).hexdigest()
WHOLE = answer(200, FILE)


def never() -> bool:
    return False


def rest(start: int, body: bytes | None = None) -> bytes:
    body = FILE[start:] if body is None else body
    return answer(206, body, Content_Range=f"bytes {start}-{len(FILE) - 1}/{len(FILE)}")


def refusal(status: int, code: str, server_time: datetime | None = None) -> bytes:
    return answer(status, wire.encode(wire.Refusal(code, "words", server_time)))


def get(office: RawOffice, target: Path, *, is_over: Callable[[], bool] = never, size: int = len(FILE)) -> bool:
    client = OfficeClient(office.url, silence_s=5)
    try:
        with Download(target, size, SHA256, is_over) as download:
            client.get_file(SIGNER, "/api/v1/blobs/x", download, lambda: NOW)
            if download.is_whole:
                download.finish()
            return download.is_whole
    finally:
        client.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "blobs" / "file"


def test_a_file_comes_whole_and_the_request_is_signed(target: Path) -> None:
    with RawOffice(WHOLE) as office:
        assert get(office, target)
    assert target.read_bytes() == FILE
    assert not part_of(target).exists()
    request = office.requests[0]
    signed = verify(
        "GET", f"http://x{request.path}", request.headers, b"",
        find_key=lambda _: KEY.public_key().public_bytes_raw(), now=NOW,
    )
    assert (signed.key_id, request.path) == ("330502-01", "/api/v1/blobs/x")
    assert "range" not in request.headers


def test_a_cut_file_goes_on_where_it_was(target: Path) -> None:
    cut = answer(200, FILE[:300], Content_Length=str(len(FILE)))
    with RawOffice(cut, rest(300)) as office:
        with pytest.raises(errors.OfficeUnreachable):
            get(office, target)
        assert part_of(target).stat().st_size == 300
        assert get(office, target)
    assert office.requests[1].headers["range"] == "bytes=300-"
    assert target.read_bytes() == FILE


def test_an_office_that_knows_no_ranges_sends_it_from_the_beginning(target: Path) -> None:
    target.parent.mkdir()
    part_of(target).write_bytes(FILE[:100])
    with RawOffice(WHOLE) as office:
        assert get(office, target)
    assert target.read_bytes() == FILE


def test_a_slice_of_time_ends_in_the_middle_and_the_next_goes_on(target: Path) -> None:
    big = bytes(1_000_000)
    times = chain([False, False], repeat(True))
    with RawOffice(answer(200, big)) as office:
        client = OfficeClient(office.url)
        with Download(target, len(big), hashlib.sha256(big).hexdigest(), lambda: next(times)) as download:
            client.get_file(SIGNER, "/api/v1/blobs/x", download, lambda: NOW)
            assert not download.is_whole
            here = download.size
        client.close()
    assert part_of(target).stat().st_size == here > 0


def test_a_part_that_is_too_long_is_begun_again(target: Path) -> None:
    target.parent.mkdir()
    part_of(target).write_bytes(FILE + b"x")
    with RawOffice(WHOLE) as office:
        assert get(office, target)
    assert "range" not in office.requests[0].headers


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (answer(200, FILE + b"x"), errors.FileUnusable),
        (answer(200, bytes(len(FILE))), errors.FileUnusable),
        (refusal(404, "not-found"), errors.FileUnusable),
        (answer(416), errors.FileUnusable),
        (rest(7), errors.FileUnusable),
        (answer(206, FILE), errors.FileUnusable),
        (answer(404, b"<html>"), WireError),
        (answer(302, Location="http://portal.example/"), WireError),
        (refusal(403, "revoked"), errors.StationRevoked),
        (answer(503, Retry_After="9"), errors.OfficeBusy),
        (b"", errors.OfficeUnreachable),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nthe end of this is missing", errors.OfficeUnreachable),
    ],
)
def test_what_is_no_such_file_never_gets_its_name(target: Path, raw: bytes, kind: type[SyncError]) -> None:
    with RawOffice(raw) as office, pytest.raises(SyncError) as fault:
        get(office, target)
    assert type(fault.value) is kind
    assert not target.exists()


def test_a_wrong_clock_or_a_used_nonce_is_signed_again_once(target: Path) -> None:
    theirs = NOW + timedelta(days=3_650)
    with RawOffice(refusal(401, "clock", theirs), WHOLE) as office:
        assert get(office, target)
    assert f"created={int(theirs.timestamp())}" in office.requests[1].headers["signature-input"]
    target.unlink()
    with RawOffice(refusal(401, "replayed"), WHOLE) as office:
        assert get(office, target)
    with RawOffice(refusal(401, "replayed")) as office, pytest.raises(errors.NonceUsed):
        get(office, target.with_name("other"))
    assert len(office.requests) == 2


def test_a_disk_that_is_full_says_so(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # /dev/full is a disk without room.
    target.parent.mkdir()
    part_of(target).symlink_to("/dev/full")
    with RawOffice(WHOLE) as office, pytest.raises(errors.StoreFull):
        get(office, target)
