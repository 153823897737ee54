from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import DeviceLost, SimulatorError
from devices.listener import ScannerListener
from devices.scanner import SerialScanner
from devices.simulator import Framing, Simulator, find_socket_path, frame_of, main, send

CODE = "9787020002207"


class Reader:
    """What a kiosk would read from the simulator."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.is_ok = False
        self._changed = threading.Condition()

    def take(self, frame: bytes) -> None:
        with self._changed:
            self.frames.append(frame)
            self._changed.notify_all()

    def set_ok(self, is_ok: bool) -> None:
        with self._changed:
            self.is_ok = is_ok
            self._changed.notify_all()

    def wait_for(self, claim: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(claim, 10), self.frames


@contextmanager
def reading(link: Path) -> Iterator[Reader]:
    reader = Reader()
    listener = ScannerListener(SerialScanner(str(link)), reader.take, lambda state: reader.set_ok(state.ok))
    listener.start()
    reader.wait_for(lambda: reader.is_ok)
    yield reader
    listener.stop()


@pytest.mark.parametrize("framing", ["crlf", "cr", "lf"])
def test_a_scan_told_by_command_is_read_in_every_framing(
    simulator: Simulator, framing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with reading(simulator.link) as reader:
        where = ["--socket", str(simulator.socket_path)]
        assert main(["scan", CODE, "--framing", framing, *where]) == 0
        assert main(["scan", "短视频", "--framing", framing, *where]) == 0
        reader.wait_for(lambda: reader.frames == [CODE.encode(), "短视频".encode()])
    assert capsys.readouterr().err == ""


def test_raw_hex_sends_exactly_these_bytes(simulator: Simulator) -> None:
    with reading(simulator.link) as reader:
        where = ["--socket", str(simulator.socket_path)]
        assert main(["scan", "--raw-hex", "00ff310d32", *where]) == 0
        assert main(["scan", "--raw-hex", "330a", *where]) == 0
        reader.wait_for(lambda: len(reader.frames) == 2)
        assert reader.frames == [b"\x00\xff1", b"23"]


def test_a_slow_scan_is_one_code_unless_it_is_slower_than_silence(simulator: Simulator) -> None:
    with reading(simulator.link) as reader:
        assert simulator.scan("12", slow_ms=1)
        assert simulator.scan("34", slow_ms=180)
        assert simulator.scan("56")
        reader.wait_for(lambda: reader.frames == [b"12", b"56"])


def test_ten_thousand_hostile_bytes_arrive_and_the_next_code_too(simulator: Simulator) -> None:
    with reading(simulator.link) as reader:
        assert send(simulator.socket_path, bytes(range(14, 256)) * 50)
        assert send(simulator.socket_path, CODE)
        reader.wait_for(lambda: CODE.encode() in reader.frames)
        assert len(reader.frames) == 2


def test_unplug_and_plug_by_command(simulator: Simulator) -> None:
    where = ["--socket", str(simulator.socket_path)]
    with reading(simulator.link) as reader:
        assert main(["unplug", *where]) == 0
        assert not simulator.link.is_symlink()
        reader.wait_for(lambda: not reader.is_ok)
        assert main(["plug", *where]) == 0
        reader.wait_for(lambda: reader.is_ok)
        assert main(["scan", CODE, *where]) == 0
        reader.wait_for(lambda: reader.frames == [CODE.encode()])


def test_unplugging_cuts_a_slow_scan(simulator: Simulator) -> None:
    with reading(simulator.link) as reader:
        threading.Timer(0.1, simulator.unplug).start()
        with pytest.raises(DeviceLost):
            simulator.scan(CODE, slow_ms=200)
        reader.wait_for(lambda: not reader.is_ok)
        simulator.plug()
        reader.wait_for(lambda: reader.is_ok)
        assert simulator.scan("2")
        reader.wait_for(lambda: reader.frames == [b"2"])


def test_plugged_again_the_rest_of_a_cut_scan_does_not_come(simulator: Simulator) -> None:
    def pull_and_put_back() -> None:
        simulator.unplug()
        simulator.plug()

    threading.Timer(0.1, pull_and_put_back).start()
    with pytest.raises(DeviceLost):     # of a scan that would take longer than pytest-timeout allows
        simulator.scan(CODE, slow_ms=100_000)


def test_scanning_while_unplugged_says_so(simulator: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    simulator.unplug()
    assert main(["scan", CODE, "--socket", str(simulator.socket_path)]) == 2
    assert capsys.readouterr().err.startswith("yizhan-scanner: DEV-LOST: unplugged; ")
    with pytest.raises(DeviceLost):
        send(simulator.socket_path, CODE)


def test_a_scan_that_nobody_reads_is_told(simulator: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", CODE, "--socket", str(simulator.socket_path)]) == 1
    assert capsys.readouterr().err == "yizhan-scanner: sent, but no program reads the scanner\n"


def test_a_scan_thrown_away_by_an_opening_driver_is_told(simulator: Simulator) -> None:
    scanner = SerialScanner(str(simulator.link))
    opening = threading.Timer(0.3, scanner.open)
    opening.start()
    assert not simulator.scan(CODE)
    opening.join()
    assert scanner.poll() == []
    scanner.close()


def test_without_a_simulator_there_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "stale.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(stale))
    for path in (tmp_path / "none.sock", stale, tmp_path):
        for command in (["scan", CODE], ["unplug"], ["plug"]):
            assert main([*command, "--socket", str(path)]) == 2
            error = capsys.readouterr().err
            assert error.startswith("yizhan-scanner: DEV-SIMULATOR: ")
            assert error.count("\n") == 1


def test_hex_that_is_none_is_told_in_one_line(simulator: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--raw-hex", "xy", "--socket", str(simulator.socket_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "request_", [b"", b"\n", b"{}\n", b"[]\n", b"7\n", b"\xff\n", b"[" * 9000 + b"\n", b'{"do": "rm"}\n',
                 b'{"do": "scan", "hex": "zz", "slow_ms": 0}\n', b'{"do": "scan", "hex": 1, "slow_ms": "x"}\n'],
)
def test_nonsense_on_the_socket_is_answered_and_harms_nothing(simulator: Simulator, request_: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(simulator.socket_path))
        line.sendall(request_)
        line.shutdown(socket.SHUT_WR)
        assert b"no request" in line.makefile("rb").readline()
    with reading(simulator.link) as reader:
        assert send(simulator.socket_path, CODE)
        reader.wait_for(lambda: reader.frames == [CODE.encode()])


def test_the_socket_is_for_its_owner_only(simulator: Simulator) -> None:
    assert stat.S_IMODE(simulator.socket_path.stat().st_mode) == 0o600


def test_two_simulators_do_not_share_a_socket(simulator: Simulator, tmp_path: Path) -> None:
    with (
        pytest.raises(SimulatorError, match="already"),
        Simulator(tmp_path / "other", simulator.socket_path),
    ):
        pass
    with reading(simulator.link):
        assert send(simulator.socket_path, CODE)


def test_what_a_killed_simulator_left_behind_is_replaced(tmp_path: Path) -> None:
    link, path = tmp_path / "scanner", tmp_path / "s.sock"
    link.symlink_to("/dev/pts/does-not-exist")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with Simulator(link, path) as simulator, reading(link):
        assert simulator.scan(CODE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["scanner", "s.sock"])
def test_a_file_of_somebody_else_is_never_replaced(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("precious")
    with pytest.raises(SimulatorError, match="exists"), Simulator(tmp_path / "scanner", tmp_path / "s.sock"):
        pass
    assert (tmp_path / taken).read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == [taken]


def test_a_socket_path_too_long_for_the_kernel_is_told(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError), Simulator(tmp_path / "scanner", tmp_path / ("x" * 120)):
        pass


def test_nothing_is_left_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with Simulator(tmp_path / "scanner", tmp_path / "s.sock") as simulator:
        for _ in range(20):
            simulator.unplug()
            simulator.plug()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_command_runs_until_it_is_told_to_end(tmp_path: Path) -> None:
    link, path = tmp_path / "scanner", tmp_path / "s.sock"
    command = [sys.executable, "-m", "devices.simulator", "run", "--link", str(link), "--socket", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert str(link) in process.stdout.readline()
        with reading(link) as reader:
            assert send(path, CODE)
            reader.wait_for(lambda: reader.frames == [CODE.encode()])
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_socket_is_found_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YIZHAN_SCANNER_SOCKET", raising=False)
    monkeypatch.delenv("YIZHAN_DATA", raising=False)
    assert find_socket_path() == Path("data/scanner.sock")
    monkeypatch.setenv("YIZHAN_DATA", "/srv/yizhan")
    assert find_socket_path() == Path("/srv/yizhan/scanner.sock")
    monkeypatch.setenv("YIZHAN_SCANNER_SOCKET", "/run/s.sock")
    assert find_socket_path() == Path("/run/s.sock")


@given(st.text(), st.sampled_from(["crlf", "cr", "lf", "none"]))
def test_a_frame_is_the_code_and_its_end(code: str, framing: Framing) -> None:
    frame = frame_of(code, framing)
    assert frame.rstrip(b"\r\n") == code.encode().rstrip(b"\r\n")
