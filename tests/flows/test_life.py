"""Signs of life of the whole kiosk: READY after the first frame, WATCHDOG with the frames, Drawn for the agent."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest

from kiosk.__main__ import end_by_signal
from kiosk.stage.checks import Outcome
from sync.station.facts import CheckWanted, Drawn, Service
from sync.station.host.fake import FakeHost
from tests.flows.scenes.setup import with_parts
from tests.sync.station.test_notify import Systemd

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

WATCHDOG_S = 20


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    systemd = Systemd(tmp_path / "notify.sock")
    monkeypatch.setenv("NOTIFY_SOCKET", str(systemd.path))
    monkeypatch.setenv("WATCHDOG_USEC", f"{WATCHDOG_S}000000")
    yield systemd
    systemd.close()


def drawn(kiosk: Kiosk) -> Drawn:
    kiosk.wait(lambda: kiosk.store.facts.find(Drawn) is not None)
    found = kiosk.store.facts.find(Drawn)
    assert found is not None
    return found


def test_ready_comes_with_the_first_frame_and_the_watchdog_with_later_ones(
    systemd: Systemd, start: Callable[..., Kiosk], station: Path
) -> None:
    kiosk = start(station)
    assert kiosk.shows("home")
    assert systemd.heard() == ["READY=1"]
    for _round in range(3):
        kiosk.pass_time(WATCHDOG_S)
        assert 3 <= systemd.heard().count("WATCHDOG=1") <= 5


def test_ready_comes_on_a_machine_that_is_no_station_too(
    systemd: Systemd, start: Callable[..., Kiosk], tmp_path: Path
) -> None:
    kiosk = start(tmp_path / "new")
    assert kiosk.shows("setup_begin")
    assert systemd.heard() == ["READY=1"]


def test_a_worker_thread_that_hangs_ends_the_signs(
    systemd: Systemd, start: Callable[..., Kiosk], station: Path
) -> None:
    kiosk = start(station)
    assert kiosk.shows("home")
    goes_on = Event()
    stage = kiosk.app.stage
    assert stage is not None
    stage.quietly(goes_on.wait, lambda _: None)
    for _quarter in range(4):
        kiosk.clock.move(WATCHDOG_S / 4)
        kiosk.app.pulse()
        kiosk.frames(2)
    assert "WATCHDOG=1" in systemd.heard(), "an office may be slow"
    kiosk.clock.move(400)
    for _quarter in range(8):
        kiosk.app.pulse()
        kiosk.frames(2)
        kiosk.clock.move(WATCHDOG_S / 4)
    assert systemd.heard() == []
    goes_on.set()


def test_the_agent_is_told_of_screen_and_scanners(start: Callable[..., Kiosk], station: Path) -> None:
    kiosk = start(station)
    assert kiosk.shows("home")
    kiosk.wait(lambda: drawn(kiosk).scanners_answering == 1)
    found = drawn(kiosk)
    assert (found.boot, found.scanners, found.call) == (kiosk.clock.boot_time().boot, 1, "untested")
    assert found.version


def test_on_a_station_image_the_call_is_tried_once_a_boot_and_when_the_office_asks_while_nobody_is_there(
    start: Callable[..., Kiosk], station: Path, tmp_path: Path
) -> None:
    host = FakeHost(tmp_path / "machine", tmp_path / "updates")
    tried = {"camera": Outcome("works")}
    kiosk = start(station, parts=with_parts(host, tried))
    assert kiosk.shows("home")
    host.boot()
    kiosk.pass_time(60)
    assert drawn(kiosk).call == "untested"
    kiosk.pass_time(60)
    kiosk.wait(lambda: drawn(kiosk).call == "passed")
    tried["camera"] = Outcome("fails", code="CONSULT-CAMERA")
    kiosk.pass_time(200)
    assert drawn(kiosk).call == "passed", "once"
    wanted = CheckWanted("c1", *kiosk.clock.boot_time())
    kiosk.store.facts.put(wanted)
    kiosk.pass_time(120)
    kiosk.wait(lambda: drawn(kiosk).call == "failed")
    assert drawn(kiosk).failing == {"camera": "CONSULT-CAMERA"}
    assert drawn(kiosk).checked_at_boot_s >= wanted.at_boot_s


def test_an_order_to_try_the_call_is_answered_by_a_closed_station_and_by_one_without_calls(
    start: Callable[..., Kiosk], station: Path, tmp_path: Path
) -> None:
    host = FakeHost(tmp_path / "machine", tmp_path / "updates")
    kiosk = start(station, parts=with_parts(host))
    host.boot()
    kiosk.store.facts.put(Service(is_open=False, since=kiosk.clock.now()))
    kiosk.pass_time(3)
    assert kiosk.shows("setup_closed")
    kiosk.pass_time(60)
    wanted = CheckWanted("c1", *kiosk.clock.boot_time())
    kiosk.store.facts.put(wanted)
    kiosk.pass_time(120)
    kiosk.wait(lambda: drawn(kiosk).checked_at_boot_s >= wanted.at_boot_s)
    assert drawn(kiosk).call == "untested"


def test_the_call_is_not_tried_over_somebody_who_reads_the_poster(
    start: Callable[..., Kiosk], station: Path, tmp_path: Path
) -> None:
    host = FakeHost(tmp_path / "machine", tmp_path / "updates")
    kiosk = start(station, parts=with_parts(host, {"camera": Outcome("works")}))
    host.boot()
    for _round in range(3):
        kiosk.pass_time(60)
        kiosk.touch(5, 300)
    assert drawn(kiosk).call == "untested"
    kiosk.pass_time(100)
    kiosk.wait(lambda: drawn(kiosk).call == "passed")


def test_elsewhere_nothing_opens_a_window_by_itself(start: Callable[..., Kiosk], station: Path) -> None:
    kiosk = start(station, parts=with_parts(tried={"camera": Outcome("works")}))
    assert kiosk.shows("home")
    kiosk.pass_time(200)
    assert drawn(kiosk).call == "untested"


def test_a_signal_in_the_middle_of_anything_ends_it(
    start: Callable[..., Kiosk], station: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = start(station)
    ended: list[bool] = []
    monkeypatch.setattr(kiosk.app, "stop", lambda: ended.append(True))
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        end_by_signal(kiosk.app.end_soon)
        for number in (signal.SIGTERM, signal.SIGINT):
            ended.clear()
            with kiosk.app._worker._pool._shutdown_lock:    # work is just being handed over
                signal.raise_signal(number)
            kiosk.wait(lambda: bool(ended))
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


def test_garbage_is_collected_by_the_windows_thread_alone(kiosk: Kiosk) -> None:
    begun: list[threading.Thread] = []

    def litter() -> None:
        for _ in range(100_000):
            cell: list[object] = []
            cell.append(cell)

    def note(phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            begun.append(threading.current_thread())

    gc.callbacks.append(note)
    try:
        thread = threading.Thread(target=litter)
        thread.start()
        thread.join()
        assert begun == [], "a widget's proxy would be dead while the window still tells it of changes"
        kiosk.wait(lambda: bool(begun))
    finally:
        gc.callbacks.remove(note)
    assert set(begun) == {threading.current_thread()}
