"""The way of one scan as docs/architecture.md tells it, beside the way that a real one goes."""

from __future__ import annotations

import io
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from sync.central.core.enrolment import issue_code
from sync.central.core.projecting.projector import project_all
from sync.central.library.catalogue import add_copies, add_titles
from sync.protocol.documents import Copy, Title
from sync.station.exchange.agent import Agent
from sync.station.exchange.client import OfficeClient
from sync.station.exchange.enrol import enrol
from tests.central.conftest import ask, make_station
from tests.flows.conftest import FONTS
from tests.house.graph import imports_of, read_sources

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SOURCES = read_sources(ROOT, "kiosk", "devices", "sync")
MOST_STEPS: Final = 14
NOT_SCANNED: Final = {"sync.central.gate"}    # the office in this process has no server before its doors
LABEL, ISBN, TITLE = "YZ0000001X", "9787506365437", "活着"


class Step(NamedTuple):
    """One row of the page: a module, and how the scan gets from it to the next."""

    module: str
    onward: str


class Entry(NamedTuple):
    """A function of a module began; these modules had called it, by whatever way."""

    module: str
    callers: frozenset[str]


def steps() -> list[Step]:
    return [Step(*row) for row in re.findall(r"^\| \d+ \| `([\w.]+)` \| .* \| ?(.*) ?\|$", PAGE, re.MULTILINE)]


def names() -> set[str]:
    """Every module that is named anywhere on the page."""
    return set(re.findall(r"`((?:kiosk|devices|sync)\.[\w.]+)`", PAGE))


class Trace:
    """What is entered of these modules, on all threads that begin while it is open."""

    def __init__(self, modules: set[str]) -> None:
        self.entries: list[Entry] = []
        self.is_on = False
        self._modules = modules

    @contextmanager
    def open(self) -> Iterator[None]:
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
            self.is_on = False

    def _note(self, frame: FrameType, what: str, _argument: object) -> None:
        if not self.is_on or what != "call" or frame.f_code.co_name == "<module>":
            return
        module = frame.f_globals.get("__name__", "")
        if module in self._modules:
            callers: set[str] = set()
            above = frame.f_back
            while above is not None:
                callers.add(above.f_globals.get("__name__", ""))
                above = above.f_back
            self.entries.append(Entry(module, frozenset(callers & self._modules)))


def follow(way: list[Step], entries: list[Entry]) -> str:
    """Where the page and what happened part; empty if they do not."""
    place = 0
    before = Step("", "")
    for count, step in enumerate(way):
        after = way[count + 1].module if count + 1 < len(way) else ""
        while place < len(entries):
            entry, place = entries[place], place + 1
            is_called = not before.onward.startswith("calls") or before.module in entry.callers
            is_asked = not step.onward.startswith("is asked by") or after in entry.callers
            if entry.module == step.module and is_called and is_asked:
                break
        else:
            return f"{before.module} {before.onward} {step.module}".strip()
        before = step
    return ""


class Line(BaseAdapter):
    """HTTP without a socket, to the office in this process."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
        answer = ask(request.method or "", request.path_url, body, request.headers)
        response = requests.Response()
        response.status_code = answer.status
        response.raw = HTTPResponse(io.BytesIO(bytes(answer.body)), preload_content=False)
        return response

    def close(self) -> None:
        """Nothing is open."""


def connect(office: str) -> OfficeClient:
    client = OfficeClient(office)
    client._session.mount("http://", Line())
    return client


@pytest.fixture
def folder(db: None, tmp_path: Path) -> Path:
    """A station enrolled with the office in this process, with a book on its shelf."""
    station = make_station()
    add_titles([Title(isbn=ISBN, title=TITLE)])
    add_copies([Copy(label=LABEL, isbn=ISBN, status="on_shelf", station=station.id)])
    enrol(tmp_path, "http://127.0.0.1:9", issue_code(station, timezone.now()), connect=connect)
    return tmp_path


def scan_and_look(folder: Path, trace: Trace) -> str:
    """Lend a book at the kiosk, carry it to the office, and open the first page there."""
    from tests.flows.kiosk import Kiosk

    agent = Agent(folder, connect=connect)
    clerk = Client()
    clerk.force_login(User.objects.create_user("clerk"))
    try:
        agent.turn()
        with trace.open():
            kiosk = Kiosk(folder, FONTS)
            try:
                assert kiosk.shows("home")
                assert kiosk.settle().tap("借书").shows("borrow")
                trace.is_on = True
                kiosk.scan(LABEL)
                assert kiosk.says("借好了")
            finally:
                kiosk.close()
            agent.turn()
            project_all()
            return clerk.get("/").content.decode()
    finally:
        agent.close()


def test_a_scan_goes_the_way_the_page_tells(display: str, folder: Path) -> None:
    trace = Trace(names())
    page = scan_and_look(folder, trace)
    assert TITLE in page
    assert follow(steps(), trace.entries) == ""
    assert names() - {entry.module for entry in trace.entries} - NOT_SCANNED == set()


def test_the_page_names_few_modules_and_no_other_than_there_are() -> None:
    assert 10 <= len(steps()) <= MOST_STEPS
    assert len({step.module for step in steps()}) == len(steps())
    assert {step.onward.split()[0] for step in steps()[:-1]} == {"calls", "is", "leaves"}
    assert names() <= set(SOURCES)
    packages = {name for name in SOURCES if (ROOT / name.replace(".", "/")).is_dir()}
    graph = imports_of({**SOURCES}, packages).running
    assert all(graph[name] & {step.module for step in steps()} for name in NOT_SCANNED)


def test_a_page_that_tells_another_way_is_found_out() -> None:
    way = [Step("scanner", "is asked by"), Step("listener", "calls"), Step("app", "leaves it"), Step("room", "")]
    went = [
        Entry("listener", frozenset()), Entry("scanner", frozenset({"listener"})), Entry("listener", frozenset()),
        Entry("app", frozenset({"listener"})), Entry("room", frozenset()),
    ]
    assert follow(way, went) == ""
    assert follow([*way[:2], way[3], way[2]], went) != "", "another order"
    assert follow([*way[:2], Step("app", "calls"), way[3]], went) == "app calls room", "left, not called"
    assert follow([Step("scanner", "calls"), *way[1:]], went) == "scanner calls listener"
    assert follow([*way[:3], Step("cellar", "")], went) != "", "not entered"
