"""A station with an agent, a machine whose slots outlive every power cut, and an office in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.protocol.commands import make_command
from sync.protocol.documents import Blob, Command, Release
from sync.protocol.events import Event, UpdateCommitted, UpdateInstalled, decode_entry
from sync.protocol.wire import BLOB_PATH
from sync.station.clock import FakeClock
from sync.station.exchange.agent import Agent
from sync.station.facts import Drawn, Facts, StickUpdate
from sync.station.host.fake import FakeHost, make_bundle
from sync.station.identity import Keys, name_of, store_path
from sync.station.journal.journal import Journal
from sync.station.store import Store
from sync.station.updates.orders import Orders
from sync.station.updates.updating import Updating
from tests.sync.station.agent_bench import IDENTITY
from tests.sync.station.fake_office import FakeClient, FakeOffice

NIGHT = datetime(2026, 12, 1, 17, 5, tzinfo=UTC)    # 01:05 at the station
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OLD, NEW = "2026.11.1", "2026.12.1"
INSTALLED = UpdateInstalled(version=NEW, from_version=OLD)
COMMITTED = UpdateCommitted(version=NEW, from_version=OLD)


class PowerCut(BaseException):
    """The machine is off: nobody catches this."""


class Line:
    """Counts what is done to store and machine; at the `cut_at`th time the power goes, before or after it is done."""

    def __init__(self) -> None:
        self.count = 0
        self.cut_at = -1
        self.is_off = False

    def around(self, do: Callable[..., Any], *, in_thread: bool = False) -> Callable[..., Any]:
        def done(*given: Any, **named: Any) -> Any:
            if self._step(in_thread):
                return None
            result = do(*given, **named)
            self._step(in_thread)
            return result

        return done

    def _step(self, in_thread: bool) -> bool:
        """Whether the power is off; on the agent's own thread that ends it."""
        self.is_off = self.is_off or self.count == self.cut_at
        self.count += 1
        if self.is_off and not in_thread:
            raise PowerCut
        return self.is_off


class UpdateBench:
    """One enrolled station."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.data, self.updates, self.stick = (folder / name for name in ("station", "updates", "stick"))
        for path in (self.data, self.updates):
            path.mkdir(parents=True)
        self.clock = FakeClock(NIGHT)
        self.office = FakeOffice(self.clock)
        self.line = Line()
        store = Store.open(store_path(self.data), create=True)
        key = Keys(self.data).make()
        public = KEY.public_key().public_bytes_raw().hex()
        store.enrol(replace(IDENTITY, key=name_of(key), command_key=public))
        store.close()
        for kind, name in ((Facts, "put"), (Journal, "append")):
            real = getattr(kind, name)
            monkeypatch.setattr(kind, name, self._through(real))
        self.host = FakeHost(folder / "machine.json", self.updates, OLD)
        for name in ("install", "mark", "activate", "reboot", "restart", "inspect"):
            wrapped = self.line.around(getattr(self.host, name), in_thread=name in {"install", "inspect"})
            monkeypatch.setattr(self.host, name, wrapped)
        self.agent: Agent
        self.start()
        self.draws()

    def _through(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def method(part: Any, *given: Any, **named: Any) -> Any:
            return self.line.around(real)(part, *given, **named)

        return method

    def start(self) -> None:
        """The agent, as systemd starts it."""
        self.updating = Updating(self.host, self.updates, self.clock, self.stick)
        self.agent = Agent(
            self.data, clock=self.clock, connect=lambda url: FakeClient(self.office, url), random=Random(7),
            errands=[Orders(self.host, self.updating, self.clock), self.updating],
        )

    def power_cycle(self) -> None:
        """Off and on: the boot loader chooses, the agent begins anew."""
        self.agent.close()
        self.clock.move(40)
        self.clock.reboot()
        self.line.is_off, self.line.cut_at = False, -1
        self.host.boot()
        self.start()

    def draws(self, **seen: Any) -> None:
        """The kiosk drew, one scanner answers, and the rest is as given."""
        store = Store.open(store_path(self.data))
        seen = {"scanners": 1, "scanners_answering": seen.pop("answering", 1)} | seen
        store.facts.put(Drawn(*self.clock.boot_time(), **seen))
        store.close()

    def goes_on(self, turns: int = 3) -> None:
        """Some turns of the agent."""
        for _ in range(turns):
            self.agent._wait(self.agent.turn())

    def reboots(self) -> int:
        return self.host.machine.done.count("reboot")

    def lives(self, turns: int) -> None:
        """Some turns with the reboots there are, and the screen drawn after each."""
        for _ in range(turns):
            before = self.reboots()
            self.goes_on(1)
            if self.reboots() > before:
                self.power_cycle()
                self.draws()

    def until_reboot(self, turns: int = 60) -> None:
        """Until the agent has the machine start anew; then it is."""
        before = self.reboots()
        for _ in range(turns):
            self.goes_on(1)
            if self.reboots() > before:
                self.power_cycle()
                return
        raise AssertionError(f"no reboot: {self.host.machine.done}, {self.events()}")

    def releases(self, version: str = NEW, *, content: bytes = b"", **changed: Any) -> Release:
        """The office publishes a release of a good bundle."""
        content = content or make_bundle(version, size=3000)
        sha256 = hashlib.sha256(content).hexdigest()
        self.office.files[BLOB_PATH + sha256] = content
        release = Release(**{
            "release": version, "bundle": Blob(sha256, len(content), "application/vnd.rauc"), "percent": 100,
        } | changed)
        self.office.publishes(release)
        return release

    def commands(self, do: str, id_: str = "c1", hours: float = 24) -> Command:
        """The office tells the station to do something."""
        now = self.clock.now()
        command = make_command(KEY, IDENTITY.station, id_, do, issued_at=now, expires_at=now + timedelta(hours=hours))
        self.office.publishes(command)
        return command

    def with_store(self) -> Store:
        return Store.open(store_path(self.data))

    def stick_fact(self) -> StickUpdate:
        """What whoever plugged a stick in is told, whenever that was."""
        store = self.with_store()
        try:
            return replace(store.facts.find(StickUpdate) or StickUpdate(), at_boot_s=0.0)
        finally:
            store.close()

    def events(self) -> list[Event]:
        """Everything in the journal, sent or not."""
        store = self.with_store()
        try:
            rows = store.journal._rows("SELECT body FROM journal ORDER BY id")
        finally:
            store.close()
        return [decode_entry(body).event for (body,) in rows]

    @property
    def runs(self) -> str:
        machine = self.host.machine
        return machine.slots[machine.booted].version


def cut_at_every_step(
    folder: Path, monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[UpdateBench], object], story: Callable[[UpdateBench], None],
) -> Iterator[UpdateBench]:
    """A station whose power went at the first step of its story and that lived on, then one at the second, …"""
    for step in count():
        with monkeypatch.context() as patch:
            bench = UpdateBench(folder / str(step), patch)
            try:
                begin(bench)
                bench.line.count, bench.line.cut_at = 0, step
                try:
                    story(bench)
                except PowerCut:
                    bench.power_cycle()
                    bench.draws()
                    story(bench)
                    yield bench
                else:
                    return      # the story has no such step
            finally:
                bench.agent.close()
