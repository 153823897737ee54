"""Two network namespaces with a bad line between them, made and removed by whoever uses it.

The line is the kernel's own, `tc netem` on a pair of veth, or one that does the same to every IP
packet in user space, for kernels that were built without it: both ends are TUN devices, and TCP
is the kernel's in either case.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import os
import secrets
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Final, NamedTuple

STATION_END: Final = "10.77.0.1"
OFFICE_END: Final = "10.77.0.2"
_TUNSETIFF: Final = 0x400454CA
_IFF_TUN_NO_PI: Final = 0x1001
_QUEUE_BYTES: Final = 200_000
_ROOT: Final = Path(__file__).resolve().parents[3]


class NoLine(RuntimeError):
    """This machine does not allow or know such a line; says what was tried."""


class Weather(NamedTuple):
    """What each direction of the line does to a packet."""

    loss: float
    delay_s: float
    bits_per_s: float


class Namespaces:
    """Two namespaces, `station` and `office`; use as a context manager around one of the lines below."""

    def __init__(self) -> None:
        name = f"yz{secrets.token_hex(3)}"
        self.station, self.office = f"{name}s", f"{name}o"

    def __enter__(self) -> Namespaces:
        for name in (self.station, self.office):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        for name in (self.station, self.office):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def address(self, device: str, name: str, own: str, other: str) -> None:
        """Give a device to one of them and make it a way to the other."""
        run("ip", "link", "set", device, "netns", name)
        run("ip", "-n", name, "addr", "add", own, "peer", other, "dev", device)
        run("ip", "-n", name, "link", "set", device, "up")


@contextlib.contextmanager
def netem_line(spaces: Namespaces, weather: Weather) -> Generator[None]:
    """The kernel's own bad line; raises NoLine where it has none."""
    devices = f"{spaces.station}v", f"{spaces.office}v"
    run("ip", "link", "add", devices[0], "type", "veth", "peer", "name", devices[1])
    spaces.address(devices[0], spaces.station, STATION_END, OFFICE_END)
    spaces.address(devices[1], spaces.office, OFFICE_END, STATION_END)
    for name, device in zip((spaces.station, spaces.office), devices, strict=True):
        run(
            "tc", "-n", name, "qdisc", "add", "dev", device, "root", "netem",
            "delay", f"{weather.delay_s * 1000:.0f}ms", "loss", f"{weather.loss * 100:.0f}%",
            "rate", f"{weather.bits_per_s:.0f}bit",
        )
    yield


@contextlib.contextmanager
def tun_line(spaces: Namespaces, weather: Weather, seed: int = 1) -> Generator[TunLine]:
    """The same in user space: packets are read from one device and written to the other, later or never."""
    line = TunLine(weather, seed)
    try:
        station, office = line.open(f"{spaces.station}t"), line.open(f"{spaces.office}t")
        spaces.address(f"{spaces.station}t", spaces.station, STATION_END, OFFICE_END)
        spaces.address(f"{spaces.office}t", spaces.office, OFFICE_END, STATION_END)
        line.start(station, office)
        yield line
        print(f"\nthe line carried {line.passed} packets and lost {line.lost}")
    finally:
        line.close()


class TunLine:
    """Carries packets on a thread of its own; its weather may change at any time."""

    def __init__(self, weather: Weather, seed: int) -> None:
        self.weather = weather
        self._random = Random(seed)
        self._ends: list[int] = []
        self._stop, self._stopped = os.pipe()
        self._thread: threading.Thread | None = None
        self.passed = self.lost = 0

    def open(self, name: str) -> int:
        """One end of it, as a device of this name."""
        try:
            end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            self._ends.append(end)
            fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN_NO_PI))
        except OSError as cause:
            raise NoLine(f"/dev/net/tun: {cause.strerror}") from cause
        return end

    def start(self, station: int, office: int) -> None:
        self._thread = threading.Thread(target=self._carry, args=({station: office, office: station},), daemon=True)
        self._thread.start()

    def close(self) -> None:
        os.close(self._stopped)
        if self._thread:
            self._thread.join(10)
        for end in (*self._ends, self._stop):
            os.close(end)

    def _carry(self, others: dict[int, int]) -> None:
        due: list[tuple[float, int, int, bytes]] = []
        free_at = dict.fromkeys(others, 0.0)
        number = 0
        while True:
            wait_s = max(due[0][0] - time.monotonic(), 0) if due else None
            ready, _, _ = select.select([*others, self._stop], [], [], wait_s)
            if self._stop in ready:
                return
            for end in ready:
                packet = os.read(end, 65_536)
                arrives_at = self._arrival(packet, end, free_at)
                if arrives_at is not None:
                    number += 1
                    heapq.heappush(due, (arrives_at, number, others[end], packet))
            while due and due[0][0] <= time.monotonic():
                _, _, end, packet = heapq.heappop(due)
                with contextlib.suppress(OSError):
                    os.write(end, packet)

    def _arrival(self, packet: bytes, end: int, free_at: dict[int, float]) -> float | None:
        """When it comes out at the other end; None if it is lost, or the queue before the line is full."""
        now = time.monotonic()
        sends_s = len(packet) * 8 / self.weather.bits_per_s
        is_full = (free_at[end] - now) * self.weather.bits_per_s / 8 > _QUEUE_BYTES
        if is_full or self._random.random() < self.weather.loss:
            self.lost += 1
            return None
        self.passed += 1
        free_at[end] = max(now, free_at[end]) + sends_s
        return free_at[end] + self.weather.delay_s


def within(name: str, *command: str) -> list[str]:
    """A command that runs in a namespace."""
    return ["ip", "netns", "exec", name, *command]


def start_relay(spaces: Namespaces, port: int) -> subprocess.Popen[bytes]:
    """From the station's loopback over the line to the office: without https it speaks to nobody farther."""
    command = within(spaces.station, sys.executable, "-m", "tests.relay", str(port), OFFICE_END, str(port))
    return subprocess.Popen(command, cwd=_ROOT)


def run(*command: str) -> None:
    """One command of iproute2; raises NoLine with what it said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as cause:
        raise NoLine(f"{command[0]} is not installed") from cause
    if done.returncode:
        raise NoLine(f"{' '.join(command)}: {done.stderr.strip()}")
