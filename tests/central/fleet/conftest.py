"""The office's keys and files of one test, somebody who may change the fleet, and a release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from sync.central.fleet.models import Release
from sync.central.fleet.releasing import (
    add_release,
)
from sync.central.fleet.roles import allow
from sync.protocol import documents as docs
from sync.protocol.documents import decode_document
from sync.station.host.fake import make_bundle
from tests.central.fake_station import FakeStation

NEW, OLD = "2026.12.1", "2026.11.1"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Path:
    monkeypatch.setenv("YIZHAN_COMMAND_KEY", str(tmp_path / "command.key"))
    settings.YIZHAN_DATA = tmp_path
    return tmp_path


@pytest.fixture
def manager(clerk: Client) -> Client:
    allow(User.objects.get(username="clerk"))
    return clerk


def released(folder: Path, version: str = NEW) -> Release:
    path = folder / f"{version}.raucb"
    path.write_bytes(make_bundle(version, size=2000))
    return add_release(path, version, "clerk", timezone.now())


def published(station: FakeStation, kind: type[docs.Document]) -> list[Any]:
    """What this station is told anew of a type; None for a tombstone."""
    return [
        decode_document(kind, bytes(one.body)) if one.body else None
        for one in station.pull() if one.type == kind.type
    ]
