"""A scanner that was pulled out and comes back under another number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.errors import DeviceMissing
from devices.found import Likeness, Remembered, likeness_of, place_of
from devices.port import Port, open_port
from devices.scanner import SerialScanner


@dataclass
class Plugged:
    """One USB serial port, as udev describes it."""

    device: str
    vid: int | None = 0x0C2E
    pid: int | None = 0x0B6A
    serial_number: str | None = "1234"
    location: str | None = "1-2"


class Socket:
    """What is plugged in; a port opens a virtual one that stands for it."""

    def __init__(self, *plugged: Plugged) -> None:
        self.plugged = list(plugged)
        self.opened: list[str] = []

    def list(self) -> list[Plugged]:
        return self.plugged

    def connect(self, url: str, device: str, *, baud: int, timeout_s: float) -> Port:
        if url not in {port.device for port in self.plugged}:
            raise DeviceMissing(device, url)
        self.opened.append(url)
        return open_port("loop://", device, baud=baud, timeout_s=timeout_s)


def test_a_scanner_that_comes_back_under_another_number_is_found() -> None:
    socket = Socket(Plugged("/dev/ttyACM0"))
    scanner = SerialScanner("/dev/ttyACM0", connect=socket.connect, ports=socket.list)
    scanner.open()
    scanner.close()
    socket.plugged = []
    with pytest.raises(DeviceMissing):
        scanner.open()
    socket.plugged = [Plugged("/dev/ttyACM0", serial_number="a modem"), Plugged("/dev/ttyACM1")]
    for _ in range(2):
        scanner.open()
        scanner.close()
    assert socket.opened == ["/dev/ttyACM0", "/dev/ttyACM1", "/dev/ttyACM1"]


def test_one_without_a_number_is_known_by_its_socket_and_otherwise_looked_for_where_the_settings_say() -> None:
    socket = Socket(Plugged("/dev/ttyACM0", serial_number=None))
    scanner = SerialScanner("/dev/ttyACM0", connect=socket.connect, ports=socket.list)
    for place, location in (("/dev/ttyACM0", "1-2"), ("/dev/ttyACM3", "1-2"), ("/dev/ttyACM0", "1-4")):
        socket.plugged = [Plugged(place, serial_number=None, location=location)]
        scanner.open()
        scanner.close()
    assert socket.opened == ["/dev/ttyACM0", "/dev/ttyACM3", "/dev/ttyACM0"]


def test_two_that_look_alike_are_not_taken_for_each_other() -> None:
    socket = Socket(Plugged("/dev/ttyACM1"), Plugged("/dev/ttyACM2"))
    assert place_of(Likeness(0x0C2E, 0x0B6A, "1234"), socket.list) is None


def test_a_stable_path_is_followed_to_its_device(tmp_path: Path) -> None:
    device, link = tmp_path / "ttyACM5", tmp_path / "usb-Maker_Model_1234-if00"
    device.touch()
    link.symlink_to(device)
    socket = Socket(Plugged(str(device)))
    assert likeness_of(str(link), socket.list) == Likeness(0x0C2E, 0x0B6A, "1234")


@pytest.mark.parametrize("url", ["loop://", "socket://127.0.0.1:9", "hwgrep://0C2E:0B6A", "/dev/ttyS0"])
def test_what_is_not_on_usb_has_no_likeness(url: str) -> None:
    assert likeness_of(url, Socket(Plugged("/dev/ttyS0", vid=None)).list) is None


def test_after_a_restart_it_is_found_as_before(tmp_path: Path) -> None:
    socket = Socket(Plugged("/dev/ttyACM0"))
    kept = tmp_path / "scanner.json"
    for places in (("/dev/ttyACM0",), ("/dev/ttyACM1",)):
        socket.plugged = [*(Plugged(place) for place in places), Plugged("/dev/ttyACM9", serial_number="a modem")]
        scanner = SerialScanner("/dev/ttyACM0", connect=socket.connect, ports=socket.list, kept_in=kept)
        scanner.open()
        scanner.close()
    assert socket.opened == ["/dev/ttyACM0", "/dev/ttyACM1"]


def test_settings_that_name_another_port_are_followed(tmp_path: Path) -> None:
    socket = Socket(Plugged("/dev/ttyACM0"), Plugged("/dev/ttyACM5", serial_number="another"))
    kept = tmp_path / "scanner.json"
    for url in ("/dev/ttyACM0", "/dev/ttyACM5"):
        scanner = SerialScanner(url, connect=socket.connect, ports=socket.list, kept_in=kept)
        scanner.open()
        scanner.close()
    assert socket.opened == ["/dev/ttyACM0", "/dev/ttyACM5"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": "/dev/ttyACM0"}', '{"url": "/dev/ttyACM0", "likeness": [1]}',
                                  '{"url": "/dev/ttyACM0", "likeness": ["a", 2, "x"]}', "\udcff"])
def test_what_is_kept_may_be_damaged(tmp_path: Path, text: str) -> None:
    kept = tmp_path / "scanner.json"
    kept.write_bytes(text.encode("utf-8", "surrogateescape"))
    socket = Socket(Plugged("/dev/ttyACM0"))
    scanner = SerialScanner("/dev/ttyACM0", connect=socket.connect, ports=socket.list, kept_in=kept)
    scanner.open()
    scanner.close()
    assert Remembered("/dev/ttyACM0", kept).likeness == Likeness(0x0C2E, 0x0B6A, "1234")


def test_a_disk_that_takes_nothing_does_not_stop_the_scanner(tmp_path: Path) -> None:
    socket = Socket(Plugged("/dev/ttyACM0"))
    kept = tmp_path / "not a folder" / "scanner.json"
    scanner = SerialScanner("/dev/ttyACM0", connect=socket.connect, ports=socket.list, kept_in=kept)
    scanner.open()
    scanner.close()
    assert socket.opened == ["/dev/ttyACM0"]
