"""The contract of every scanner, and what is special about the serial one."""

from __future__ import annotations

import errno
import socket
import termios
import time
from pathlib import Path

import pytest
import serial

from devices.base import Scanner
from devices.errors import (
    DeviceBusy,
    DeviceDenied,
    DeviceError,
    DeviceLost,
    DeviceMisconfigured,
    DeviceMissing,
)
from devices.port import Port, open_port, translated
from devices.scanner import SerialScanner
from devices.virtual_port import VirtualPort

from .conftest import Rig

CODE = "9787020002207"


def read_one(scanner: Scanner, timeout_s: float = 60.0) -> bytes:
    """The next frame; fails the test if none comes."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        frames = scanner.poll()
        if frames:
            assert len(frames) == 1
            return frames[0]
    pytest.fail("no frame came")


class TestContract:
    def test_a_scan_comes_out_as_one_whole_frame(self, rig: Rig, request: pytest.FixtureRequest) -> None:
        rig.scanner.open()
        rig.scan(CODE)
        frame = read_one(rig.scanner)
        assert frame
        assert not set(frame) & set(b"\r\n")
        if not request.config.getoption("--scanner"):
            assert frame == CODE.encode()
        assert rig.scanner.poll() == []

    def test_nothing_scanned_is_nothing_read(self, rig: Rig) -> None:
        rig.scanner.open()
        assert rig.scanner.poll() == []     # and comes back, or pytest-timeout ends this

    def test_polling_a_closed_scanner_says_lost(self, rig: Rig) -> None:
        with pytest.raises(DeviceLost):
            rig.scanner.poll()
        rig.scanner.open()
        rig.scanner.close()
        with pytest.raises(DeviceLost):
            rig.scanner.poll()

    def test_opening_and_closing_twice_does_no_harm(self, rig: Rig) -> None:
        rig.scanner.open()
        rig.scanner.open()
        assert rig.scanner.poll() == []
        rig.scanner.close()
        rig.scanner.close()

    def test_it_can_be_opened_again(self, rig: Rig) -> None:
        rig.scanner.open()
        rig.scanner.close()
        rig.scanner.open()
        rig.scan(CODE)
        assert read_one(rig.scanner)

    def test_unplugged_it_is_lost_then_missing_and_back_when_plugged(self, rig: Rig) -> None:
        if rig.unplug is None or rig.plug is None:
            pytest.skip("this one has no cable a test can pull")
        rig.scanner.open()
        rig.scanner.poll()
        rig.unplug()
        with pytest.raises(DeviceLost):
            rig.scanner.poll()
        rig.scanner.close()
        with pytest.raises(DeviceMissing):
            rig.scanner.open()
        rig.plug()
        rig.scanner.open()
        rig.scan(CODE)
        assert read_one(rig.scanner) == CODE.encode()


def test_a_code_cut_by_the_cable_does_not_spoil_the_next(tmp_path: Path) -> None:
    port = VirtualPort(tmp_path / "scanner")
    port.plug()
    scanner = SerialScanner(str(port.link))
    scanner.open()
    port.write(CODE[:6].encode())
    assert scanner.poll() == []
    port.unplug()
    with pytest.raises(DeviceLost):
        scanner.poll()
    scanner.close()
    port.plug()
    scanner.open()
    port.write(CODE.encode() + b"\r")
    assert read_one(scanner) == CODE.encode()
    scanner.close()
    port.unplug()


def test_what_was_scanned_while_nobody_listened_is_lost(tmp_path: Path) -> None:
    port = VirtualPort(tmp_path / "scanner")
    port.plug()
    port.write(b"old\r")
    scanner = SerialScanner(str(port.link))
    scanner.open()
    port.write(b"new\r")
    assert read_one(scanner) == b"new"
    scanner.close()
    port.unplug()


def test_a_port_is_ours_alone(tmp_path: Path) -> None:
    port = VirtualPort(tmp_path / "scanner")
    port.plug()
    first, second = SerialScanner(str(port.link)), SerialScanner(str(port.link))
    first.open()
    with pytest.raises(DeviceBusy):
        second.open()
    first.close()
    second.open()
    second.close()
    port.unplug()


def test_a_serial_server_on_the_network_is_a_scanner_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        scanner = SerialScanner(f"socket://127.0.0.1:{server.getsockname()[1]}")
        scanner.open()
        line, _ = server.accept()
        with line:
            line.sendall(CODE.encode() + b"\r\n")
            assert read_one(scanner) == CODE.encode()
        with pytest.raises(DeviceLost):
            read_one(scanner)
        scanner.close()


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("/dev/no-such-scanner", DeviceMissing),
        ("socket://127.0.0.1:1", DeviceMissing),
        ("nonsense://x", DeviceMisconfigured),
        ("", DeviceMissing),
        ("/dev/null", DeviceMissing),
    ],
)
def test_a_port_that_cannot_be_opened_says_why(url: str, kind: type[DeviceError]) -> None:
    with pytest.raises(kind) as caught:
        open_port(url, "scanner", baud=9600, timeout_s=0.05)
    assert caught.value.device == "scanner"
    assert caught.value.__cause__ is not None


def test_an_impossible_speed_is_a_fault_of_configuration(tmp_path: Path) -> None:
    port = VirtualPort(tmp_path / "scanner")
    port.plug()
    with pytest.raises(DeviceMisconfigured):
        open_port(str(port.link), "scanner", baud=-1, timeout_s=0.05)
    port.unplug()


def test_a_port_that_may_not_be_opened_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Port:
        raise serial.SerialException(errno.EACCES, "could not open port")

    monkeypatch.setattr(serial, "serial_for_url", refuse)   # root may open everything
    with pytest.raises(DeviceDenied):
        open_port("/dev/ttyACM0", "scanner", baud=9600, timeout_s=0.05)


@pytest.mark.parametrize(
    "cause", [OSError(errno.EIO, "gone"), termios.error(5, "gone"), serial.SerialException("gone")]
)
def test_what_a_port_raises_becomes_ours(cause: Exception) -> None:
    with pytest.raises(DeviceLost, match="gone") as caught, translated(DeviceLost, "scanner"):
        raise cause
    assert caught.value.__cause__ is cause


class StallingPort:
    """A port whose reader is late: each read gives the next piece after so many seconds of a clock."""

    def __init__(self, pieces: list[tuple[float, bytes]]) -> None:
        self.now_s = 100.0
        self._pieces = pieces

    @property
    def in_waiting(self) -> int:
        return 64

    def read(self, size: int = 1, /) -> bytes:
        wait_s, data = self._pieces.pop(0)
        self.now_s += wait_s
        return data

    def write(self, data: bytes, /) -> int:
        raise AssertionError("a scanner is not written to")

    def close(self) -> None:
        self._pieces.clear()


def _listen(pieces: list[tuple[float, bytes]]) -> list[bytes]:
    port = StallingPort(pieces)
    scanner = SerialScanner("x", connect=lambda *_, **__: port, clock_s=lambda: port.now_s)
    scanner.open()
    return [frame for _ in range(len(pieces)) for frame in scanner.poll()]


def test_a_machine_that_stalls_does_not_cut_a_scan_in_two() -> None:
    assert _listen([(0.0, b"97870"), (0.4, b"20002207\r")]) == [CODE.encode()]


def test_a_silent_line_drops_a_fragment() -> None:
    assert _listen([(0.0, b"97870"), (0.05, b""), (0.051, b""), (0.01, b"2\r")]) == [b"2"]


def test_the_last_byte_is_a_frame_within_milliseconds(tmp_path: Path) -> None:
    port = VirtualPort(tmp_path / "scanner")
    port.plug()
    scanner = SerialScanner(str(port.link))
    scanner.open()
    laps_ms: list[float] = []
    for _ in range(50):
        began_s = time.perf_counter()
        port.write(CODE.encode() + b"\r\n")
        assert read_one(scanner) == CODE.encode()
        laps_ms.append(1000 * (time.perf_counter() - began_s))
    scanner.close()
    port.unplug()
    assert sorted(laps_ms)[25] < 20     # far below one wait of the port, even on a busy machine
