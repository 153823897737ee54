from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.base import Scanner
from devices.fakes import FakeScanner
from devices.port import Port, open_port
from devices.scanner import SerialScanner
from devices.simulator import Simulator
from devices.virtual_port import VirtualPort


@dataclass
class Rig:
    """A scanner and the other side of it."""

    scanner: Scanner
    scan: Callable[[str], object]
    unplug: Callable[[], None] | None = None
    plug: Callable[[], None] | None = None


@contextmanager
def _fake_rig() -> Iterator[Rig]:
    fake = FakeScanner()
    yield Rig(fake, fake.scan, fake.unplug, fake.plug)


@contextmanager
def _loop_rig() -> Iterator[Rig]:
    ports: list[Port] = []

    def connect(url: str, device: str, *, baud: int, timeout_s: float) -> Port:
        ports.append(open_port(url, device, baud=baud, timeout_s=timeout_s))
        return ports[-1]

    yield Rig(SerialScanner("loop://", connect=connect), lambda code: ports[-1].write(code.encode() + b"\r\n"))


@contextmanager
def _pty_rig(folder: Path) -> Iterator[Rig]:
    port = VirtualPort(folder / "scanner")
    port.plug()
    yield Rig(
        SerialScanner(str(port.link)), lambda code: port.write(code.encode() + b"\r\n"), port.unplug, port.plug
    )
    port.unplug()


@contextmanager
def _bench_rig(url: str, capture: pytest.CaptureFixture[str]) -> Iterator[Rig]:
    def ask(code: str) -> None:
        with capture.disabled():
            print(f"\nscan any code on {url} within 20 s (a tester's stand-in for {code})")

    yield Rig(SerialScanner(url), ask)


@pytest.fixture(params=["fake", "loop", "pty", "bench"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Rig]:
    """Every kind of scanner in turn; `bench` only with --scanner."""
    if request.param == "bench":
        url = request.config.getoption("--scanner")
        if not url:
            pytest.skip("no --scanner given")
        maker = _bench_rig(url, capsys)
    elif request.param == "pty":
        maker = _pty_rig(tmp_path)
    else:
        maker = {"fake": _fake_rig, "loop": _loop_rig}[request.param]()
    with maker as made:
        yield made
        made.scanner.close()


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """A running virtual scanner."""
    with Simulator(tmp_path / "scanner", tmp_path / "s.sock") as running:
        yield running
