"""A real agent process and a real office process with a cable between them that fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.protocol.documents import StationSettings
from sync.protocol.events import CheckedIn, decode_entry
from sync.station.errors import AlreadyEnrolled, CodeRefused, OfficeUnreachable
from sync.station.exchange.enrol import enrol
from sync.station.facts import Standing
from sync.station.identity import Keys, store_path
from sync.station.store import Identity, Store
from tests.central.live import LiveOffice
from tests.relay import Relay

from .waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.slow
_STOP_S = 20    # less than an agent waits for an answer


@contextmanager
def running_agent(data: Path, **environment: str) -> Generator[subprocess.Popen[bytes]]:
    """`yizhan-agent run` until the block ends; it must then stop at once and cleanly."""
    agent = subprocess.Popen(
        [sys.executable, "-m", "sync.station", "run", "--now", "--data", str(data)],
        cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL,
    )
    try:
        yield agent
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(_STOP_S) == 0
    finally:
        agent.kill()
        agent.wait()


@pytest.fixture
def store(data: Path) -> Iterator[Store]:
    opened = Store.open(store_path(data))
    yield opened
    opened.close()


def check_in(store: Store, *names: str) -> None:
    for name in names:
        store.journal.append(CheckedIn(checkin=name, trade="courier"), at=datetime.now(UTC))


def stored(office: LiveOffice, station: str) -> list[str]:
    events = [decode_entry(event.line).event for event in office.events() if event.station == station]
    return [event.checkin for event in events if isinstance(event, CheckedIn)]


def line_of(store: Store) -> Standing:
    return store.facts.find(Standing) or Standing()


def test_a_cut_line_keeps_everything_and_drains_when_it_heals(
    office: LiveOffice, relay: Relay, station: str, data: Path, store: Store
) -> None:
    with running_agent(data):
        check_in(store, "a", "b")
        wait_until(lambda: store.journal.count("pending") == 0, "the first events are acknowledged")
        wait_until(lambda: store.documents.find(StationSettings, station) is not None, "the documents have come")
        relay.cut()
        check_in(store, "c", "d", "e")
        wait_until(lambda: line_of(store).failing == "SYNC-LINE", "the agent notices the cut")
        assert store.journal.count("pending") == 3
        assert stored(office, station) == ["a", "b"]
        relay.restore()
        wait_until(lambda: store.journal.count("pending") == 0, "the line drains by itself")
        wait_until(lambda: not line_of(store).failing, "all is well")
    assert stored(office, station) == ["a", "b", "c", "d", "e"]


def test_a_reply_lost_after_the_commit_doubles_nothing(
    office: LiveOffice, relay: Relay, station: str, data: Path, store: Store
) -> None:
    with running_agent(data):
        wait_until(lambda: line_of(store).last_success is not None, "the first exchange")
        relay.swallow_replies(2)
        check_in(store, "a", "b", "c")
        wait_until(lambda: stored(office, station) == ["a", "b", "c"], "the office has them")
        wait_until(lambda: store.journal.count("pending") == 0, "the station knows it")
    assert relay.swallowed == 2
    assert stored(office, station) == ["a", "b", "c"]


def test_a_lost_enrolment_reply_does_not_burn_the_code(
    office: LiveOffice, relay: Relay, station: str, tmp_path: Path
) -> None:
    code = office.make_code(station)
    relay.swallow_replies()
    with pytest.raises(OfficeUnreachable):
        enrol(tmp_path, relay.url, code)
    identity = enrol(tmp_path, relay.url, code)
    assert identity.station == station
    Keys(tmp_path).load(identity.key)
    with pytest.raises(AlreadyEnrolled):
        enrol(tmp_path, relay.url, code)
    with pytest.raises(CodeRefused):
        enrol(tmp_path / "other", relay.url, code)


def test_enrolling_again_after_a_lost_reply_carries_only_what_the_office_lacks(
    office: LiveOffice, relay: Relay, station: str, data: Path, store: Store
) -> None:
    check_in(store, "a", "b")
    relay.swallow_replies(1_000)
    with running_agent(data):
        wait_until(lambda: stored(office, station) == ["a", "b"], "the office has them")
    relay.swallow_replies(0)
    check_in(store, "c")
    assert store.journal.count("pending") == 3
    before = store.facts.identity()
    after = enrol(data, relay.url, office.make_code(station), again=True)
    assert after.epoch != before.epoch
    assert after.key != before.key
    assert [path.stem for path in (data / "keys").iterdir()] == [after.key]
    with running_agent(data):
        wait_until(lambda: store.journal.count("pending") == 0, "the rest is acknowledged")
    assert stored(office, station) == ["a", "b", "c"]


def test_a_revoked_station_keeps_everything_until_it_is_enrolled_again(
    office: LiveOffice, relay: Relay, station: str, data: Path, store: Store
) -> None:
    office.revoke(station)
    check_in(store, "a", "b")
    with running_agent(data):
        wait_until(lambda: line_of(store).failing == "SYNC-REVOKED", "the office refuses")
        assert (store.journal.count("pending"), stored(office, station)) == (2, [])
        enrol(data, relay.url, office.make_code(station), again=True)
        wait_until(lambda: store.journal.count("pending") == 0, "the running agent takes the new key")
    assert stored(office, station) == ["a", "b"]


def test_a_cloned_disk_is_refused_and_keeps_everything(
    office: LiveOffice, station: str, data: Path, store: Store
) -> None:
    check_in(store, "a")
    with running_agent(data, YIZHAN_INSTALL="another machine"):
        wait_until(lambda: line_of(store).failing == "SYNC-CLONED", "the office notices")
    assert (store.journal.count("pending"), stored(office, station)) == (1, [])


def test_an_office_killed_and_started_again_is_found(
    office: LiveOffice, station: str, data: Path, store: Store
) -> None:
    with running_agent(data):
        check_in(store, "a")
        wait_until(lambda: store.journal.count("pending") == 0, "the first is acknowledged")
        office.kill()
        check_in(store, "b")
        wait_until(lambda: bool(line_of(store).failing), "the agent notices")
        office.start()
        wait_until(lambda: store.journal.count("pending") == 0, "the second is acknowledged")
    assert stored(office, station) == ["a", "b"]


def test_an_agent_waiting_for_a_silent_office_stops_at_once(data: Path, relay: Relay) -> None:
    relay.swallow_replies(1_000)
    with running_agent(data) as agent:
        wait_until(lambda: relay.swallowed > 0, "the agent has asked")
        assert agent.poll() is None     # the block ends it, and it must not wait for the office first


def test_a_second_agent_on_the_same_folder_is_refused(data: Path, relay: Relay, store: Store) -> None:
    with running_agent(data):
        wait_until(lambda: store.facts.cursor() != "", "the first agent is at work")
        second = subprocess.run(
            [sys.executable, "-m", "sync.station", "run", "--data", str(data)],
            cwd=ROOT, capture_output=True, text=True, timeout=20, check=False,
        )
    assert second.returncode == 7
    assert "AGENT-RUNNING" in second.stderr
    assert "Traceback" not in second.stderr


def test_the_identity_is_written_as_agreed(data: Path, station: str, store: Store, relay: Relay) -> None:
    identity = store.facts.find(Identity)
    assert identity
    assert (identity.station, identity.office) == (station, relay.url)
    key = data / "keys" / f"{identity.key}.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert (data / "keys").stat().st_mode & 0o777 == 0o700
