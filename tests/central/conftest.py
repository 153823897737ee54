"""An office inside the test's own process, on a real SQLite file; with `on_both_databases` on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from sync.central.core.doors.api import answer, find_door
from sync.central.core.doors.messages import Request, Response, refusal
from sync.central.core.enrolment import issue_code
from sync.central.core.models import Station
from sync.central.core.projecting import read_models as registry
from sync.central.core.projecting.read_models import ReadModel, Tell
from sync.central.core.refusals import Refused
from sync.central.core.stations import add_station
from sync.central.settings import database_at
from sync.protocol.documents import StationSettings
from tests.postgres import PostgresCluster

from .fake_station import FakeStation, Reply

PASSWORD = "correct horse battery"
# For what differs by database: SQL of ours, locks, limits of columns, kinds of values.
on_both_databases = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Who logs in here need not be kept from guessing."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="module", autouse=True)
def database(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """The kind of database that the office in this process has for the time of a module."""
    kind = getattr(request, "param", "sqlite")
    if kind == "sqlite":
        yield kind
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    url = cluster.make_office()
    usual = connections.settings["default"]
    with django_db_blocker.unblock():
        _connect_to({**usual, **database_at(url, Path())})
    yield kind
    with django_db_blocker.unblock():
        _connect_to(usual)
    cluster.drop(url)


@pytest.fixture(autouse=True)
def consult_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has keys of its own for the records of consultations, made when it needs them."""
    monkeypatch.setenv("YIZHAN_CONSULT_KEYS", str(tmp_path / "consult.keys"))


def _connect_to(settings: dict[str, Any]) -> None:
    connections["default"].close()
    del connections["default"]
    connections.settings["default"] = settings


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
