from __future__ import annotations

import hashlib
import tracemalloc
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from sync.central.commands import files
from sync.central.core.models import Blob
from sync.central.core.publishing import blobs
from sync.central.core.publishing.blobs import (
    BlobRefused,
    add_blob,
    blob_path,
    list_blobs,
    publish_poster,
    remove_unneeded,
)
from sync.central.core.publishing.documents import EVERYBODY, find_published, withdraw
from sync.protocol import documents as docs

from .conftest import on_both_databases

pytestmark = [pytest.mark.django_db, on_both_databases]
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0 picture"
POSTER = docs.Poster(poster="rest", lines=("进来歇歇脚",))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.YIZHAN_DATA = tmp_path
    return tmp_path / "blobs"


def added(folder: Path, content: bytes, name: str = "picture.jpg", now: datetime = NOW) -> Blob:
    path = folder.parent / name
    path.write_bytes(content)
    return add_blob(path, now)


@pytest.mark.parametrize(("content", "media_type"), [
    (JPEG, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n...", "image/png"),
    (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
    (b"\0\0\0\x20ftypisom", "video/mp4"),
    (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "video/webm"),
    (b"ID3\x03", "audio/mpeg"),
    (b"\xff\xfb\x90", "audio/mpeg"),
    (b"OggS\0", "audio/ogg"),
    (b"%PDF-1.7", "application/pdf"),
])
def test_a_file_is_kept_under_its_sha256_with_the_type_of_its_content(
    folder: Path, content: bytes, media_type: str
) -> None:
    blob = added(folder, content, "whatever.exe")
    assert blob.sha256 == hashlib.sha256(content).hexdigest()
    assert (blob.size, blob.media_type, blob.name) == (len(content), media_type, "whatever.exe")
    assert blob_path(blob.sha256).read_bytes() == content
    assert [path.name for path in folder.iterdir()] == [blob.sha256]


@pytest.mark.parametrize("content", [
    b"", b"\xff", b"<html>", b"#!/bin/sh", b"MZ\x90", b"RIFF\x24\0\0\0WAVE", b"\0\0\0\x20ftypheic", b"x\xff\xd8\xff",
])
def test_a_file_no_screen_can_show_is_refused(folder: Path, content: bytes) -> None:
    with pytest.raises(BlobRefused, match=r"picture\.jpg"):
        added(folder, content)
    assert list(folder.iterdir()) == []
    assert not Blob.objects.exists()


def test_a_file_that_is_too_long_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "MAX_BLOB_BYTES", 10)
    with pytest.raises(BlobRefused, match="不能超过"):
        added(folder, JPEG)
    with pytest.raises(FileNotFoundError):
        add_blob(folder / "nowhere", NOW)
    assert list(folder.iterdir()) == []


def test_a_long_file_takes_no_memory(folder: Path) -> None:
    tracemalloc.start()
    try:
        assert added(folder, JPEG + bytes(20 * 1024 * 1024)).size > 20_000_000
        tracemalloc.clear_traces()
        tracemalloc.reset_peak()
        add_blob(folder.parent / "picture.jpg", NOW)
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_name_no_database_holds_is_mended(folder: Path) -> None:
    assert added(folder, JPEG, "a\udce4\n.jpg").name == "a??.jpg"


def test_a_poster_tells_where_its_picture_is(folder: Path) -> None:
    blob = added(folder, JPEG)
    assert publish_poster(EVERYBODY, POSTER, blob.sha256) == 1
    [poster] = find_published(docs.Poster)
    assert poster.blobs == (docs.Blob(blob.sha256, len(JPEG), "image/jpeg"),)
    for sha256 in ("0" * 64, added(folder, b"%PDF-1.7", "x.pdf").sha256):
        with pytest.raises(BlobRefused, match="没有这张图片"):
            publish_poster(EVERYBODY, POSTER, sha256)


def test_what_no_document_needs_is_listed_and_goes_after_its_time(folder: Path) -> None:
    needed, unneeded = added(folder, JPEG), added(folder, JPEG + b"2", now=NOW + timedelta(hours=1))
    publish_poster(EVERYBODY, POSTER, needed.sha256)
    assert [(blob.sha256, is_needed) for blob, is_needed, _ in list_blobs()] == [
        (needed.sha256, True), (unneeded.sha256, False)
    ]
    assert remove_unneeded(NOW) == 0
    assert remove_unneeded(NOW + timedelta(days=1)) == 1
    assert [path.name for path in folder.iterdir()] == [needed.sha256]
    withdraw("poster", "rest")
    assert remove_unneeded(NOW + timedelta(days=1)) == 1
    assert list(list_blobs()) == list(folder.iterdir()) == []


def test_added_again_it_is_young_again(folder: Path) -> None:
    added(folder, JPEG)
    added(folder, JPEG, "again.jpg", now=NOW + timedelta(days=30))
    assert remove_unneeded(NOW + timedelta(days=29)) == 0
    assert Blob.objects.get().name == "again.jpg"


def test_a_file_that_is_gone_from_the_folder_is_listed_as_missing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blob = added(folder, JPEG)
    blob_path(blob.sha256).unlink()
    assert files._blob_list(Namespace()) == 0
    assert "未用，缺失（请重新 blob add）" in capsys.readouterr().out
    added(folder, JPEG)
    assert [listed.has_file for listed in list_blobs()] == [True]
