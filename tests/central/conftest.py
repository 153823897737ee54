"""An office inside the test's own process, on a real SQLite file, or on YIZHAN_DATABASE_URL's PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from sync.central.core import read_models as registry
from sync.central.core.api import answer, find_door
from sync.central.core.doors import Request, Response, refusal
from sync.central.core.enrolment import issue_code
from sync.central.core.models import Station
from sync.central.core.read_models import ReadModel, Tell
from sync.central.core.refusals import Refused
from sync.central.core.stations import add_station
from sync.protocol.documents import StationSettings

from .fake_station import FakeStation, Reply

PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("office")
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(folder / "test.db")


def ask(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Response:
    """One request at a station's door of the office in this process."""
    try:
        door = find_door(method, path, len(body))
    except Refused as fault:
        return refusal(fault.reason)
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return answer(door, Request(method, path, "", lower, body, "127.0.0.1"))


def post(path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Bytes to the office in this process."""
    response = ask("POST", path, body, headers)
    if not isinstance(response.body, bytes):
        raise TypeError(response.body)
    return Reply(response.status, response.body)


def make_station(station: str = "330502-01", name: str = "衣裳街", region: str = "330502") -> Station:
    """A station that has not been enrolled yet."""
    return add_station(StationSettings(station=station, name=name, place="新享驿站", region=region))


def enrolled(station: str = "330502-01", name: str = "衣裳街", region: str = "330502") -> FakeStation:
    """A station that is ready to sync."""
    fake = FakeStation(post, station)
    reply = fake.enrol(issue_code(make_station(station, name, region), timezone.now()))
    if reply.status != 200:
        raise RuntimeError(reply.body)
    return fake


@pytest.fixture
def station(db: None) -> FakeStation:
    return enrolled()


@pytest.fixture
def clerk(db: None) -> Client:
    """A browser of somebody who has logged in."""
    client = Client()
    client.force_login(User.objects.create_user("clerk", password=PASSWORD))
    return client


@pytest.fixture
def read_models() -> Iterator[list[ReadModel]]:
    """The registered read models; what a test adds is gone after it."""
    before = list(registry._read_models)
    yield registry._read_models
    registry._read_models[:] = before


def telling(tell: Tell) -> ReadModel:
    """A read model that only listens."""
    return ReadModel(tell, lambda: None)
