"""`make bench-kiosk`: how fast the screen is, seen from outside, beside a bare Kivy window that does the least.

The kiosk runs as its own process under Xvfb. Taps are X events, scans are bytes on a pseudo-terminal, and "shown" is
the moment a pixel of the result is on the X server's screen. The bare window (bare_window.py) commits one row and
shows another widget; it is tapped and scanned in turn with the kiosk, so that a noisy minute meets both.
QUICK=1 takes a small sample of every row, within three minutes.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil

from devices.codes import make_label
from devices.simulator import Simulator
from sync.protocol.events import CheckedIn, digest_of, encode_entry, kind_of
from sync.station.store import Store
from tests.bench.table import IS_QUICK, Row, Table, percentile
from tests.flows.example import fill
from tests.x11 import Eye, Finger, virtual_screen

SIZE = (1080, 1920)
PAPER = (251, 246, 238)
CARD = (255, 255, 255)
PROBE = (1000, 300)         # on home it lies on the poster, on every result inside the white card
TRADES = ((160, 875), (410, 875), (660, 875), (910, 875))
HOME = (206, 1850)
DEBOUNCE_S = 2.1
STARTS, TAPS, SCANS, IDLE_S, APPENDS = (3, 8, 20, 6, 300) if IS_QUICK else (5, 60, 100, 30, 1_000)
MADE_READY_S = 25       # the kiosk makes its other screens first, one a pulse, and then looks through its memory once
WARM_UP, VISITS = (60, 120) if IS_QUICK else (300, 2_000)
WAITING = 100_000
STAGES = 4              # of the growth, printed one by one
BARE = "bare Kivy window"
MB = 1024 * 1024


def is_card(colour: tuple[int, int, int]) -> bool:
    """A result is shown."""
    return colour == CARD


def is_poster(colour: tuple[int, int, int]) -> bool:
    """Home is shown."""
    return colour not in (CARD, PAPER, (0, 0, 0))


def is_paper(colour: tuple[int, int, int]) -> bool:
    """The first frame is there."""
    return max(abs(one - other) for one, other in zip(colour, PAPER, strict=True)) <= 2


class Window:
    """A program with a window, its serial line, and somebody in front of it."""

    def __init__(self, display: str, scanner: Simulator, command: Sequence[str]) -> None:
        self.display = display
        self.scanner = scanner
        self.eye = Eye(display)
        self._command = command
        self._finger = Finger(display)

    @contextmanager
    def running(self) -> Iterator[psutil.Process]:
        """Its process for the time of the block."""
        started = subprocess.Popen(
            [sys.executable, "-m", *self._command], env={**os.environ, "DISPLAY": self.display},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            yield psutil.Process(started.pid)
        finally:
            started.terminate()
            started.wait(60)

    def tap(self, place: tuple[int, int]) -> float:
        """Finger up to the result on the screen, which comes after the commit; milliseconds."""
        self._finger.move(*place)
        time.sleep(DEBOUNCE_S)
        begun = time.monotonic()
        self._finger.tap(*place)
        return (self.eye.wait_until(is_card, *PROBE) - begun) * 1_000

    def scan(self, label: str) -> float:
        """Last byte of a scan written to the line, to the result on the screen; milliseconds."""
        begun = time.monotonic()
        self.scanner.scan(label)
        return (self.eye.wait_until(is_card, *PROBE) - begun) * 1_000

    def go_home(self) -> None:
        """Back to the first screen."""
        time.sleep(0.05)
        self._finger.tap(*HOME)
        self.eye.wait_until(lambda colour: not is_card(colour), *PROBE)

    def close(self) -> None:
        """Nobody is in front of it any more."""
        self._finger.close()
        self.eye.close()


class Bench:
    """The kiosk and the bare window, each on a display of its own."""

    def __init__(self, table: Table, kiosk: Window, bare: Window) -> None:
        self._table = table
        self._kiosk, self._bare = kiosk, bare
        self._label = 0

    def cold_starts(self) -> None:
        """Process start to first frame, and to the home screen."""
        self._table.begin(f"{STARTS} cold starts", STARTS * 5)
        ours, home, bare = [], [], []
        for _ in range(STARTS):
            begun = time.monotonic()
            with self._kiosk.running():
                ours.append(self._kiosk.eye.wait_until(is_paper, 540, 60) - begun)
                home.append(self._kiosk.eye.wait_until(is_poster, *PROBE) - begun)
            begun = time.monotonic()
            with self._bare.running():
                bare.append(self._bare.eye.wait_until(is_paper, 540, 60) - begun)
        peer = statistics.median(bare) * 1_000
        self._table.add(
            Row("cold-start-ms", statistics.median(ours) * 1_000, "ms", STARTS, BARE, peer),
            Row("cold-start-home-ms", statistics.median(home) * 1_000, "ms", STARTS, BARE, peer),
        )

    def idle(self, kiosk: psutil.Process, bare: psutil.Process) -> None:
        """What a window costs while nobody is there, both in the same seconds."""
        self._table.begin("both windows idle", MADE_READY_S + IDLE_S)
        time.sleep(MADE_READY_S)
        before = [_cpu_s(process) for process in (kiosk, bare)]
        time.sleep(IDLE_S)
        used = [(_cpu_s(process) - was) / IDLE_S * 100 for process, was in zip((kiosk, bare), before, strict=True)]
        self._table.add(Row("idle-cpu-pct", used[0], "%", 1, BARE, used[1]))

    def taps(self) -> None:
        """A trade on the home screen; a touch anywhere on the bare window."""
        self._table.begin(f"{TAPS} taps on each", TAPS * 2 * (DEBOUNCE_S + 0.4))
        ours, bare = [], []
        for turn in range(TAPS):
            for window, times in ((self._kiosk, ours), (self._bare, bare)):
                times.append(window.tap(TRADES[turn % len(TRADES)]))
                window.go_home()
        self._table.add(*_both("tap-shown", ours, bare))

    def scans(self) -> None:
        """A book on the home screen; any line of bytes on the bare window."""
        self._table.begin(f"{SCANS} scans on each", SCANS * 0.8)
        ours, bare = [], []
        for _ in range(SCANS):
            for window, times in ((self._kiosk, ours), (self._bare, bare)):
                times.append(window.scan(self._next_label()))
                window.go_home()
        self._table.add(*_both("scan-shown", ours, bare))

    def growth(self, kiosk: psutil.Process, bare: psutil.Process) -> None:
        """Resident memory, and what visits add: in the first and last half, so that a cache is told from a leak."""
        self._table.begin(f"{WARM_UP + VISITS} visits", (WARM_UP + VISITS) * 0.4)
        self._visit(WARM_UP)
        memory = [kiosk.memory_info().rss]
        for stage in range(1, STAGES + 1):
            self._visit(VISITS // STAGES)
            memory.append(kiosk.memory_info().rss)
            print(f"bench:   {WARM_UP + VISITS * stage // STAGES} visits: {memory[-1] / MB:.1f} MB", flush=True)
        first, last, whole = (
            (memory[end] - memory[begin]) / MB * 10_000 / (VISITS * (end - begin) / STAGES)
            for begin, end in ((0, STAGES // 2), (STAGES // 2, STAGES), (0, STAGES))
        )
        self._table.add(
            Row("memory-mb", memory[-1] / MB, "MB", 1, BARE, bare.memory_info().rss / MB),
            Row("growth-mb-per-10k-visits", whole, "MB", VISITS),
            Row("growth-mb-per-10k-visits-first-half", first, "MB", VISITS // 2),
            Row("growth-mb-per-10k-visits-last-half", last, "MB", VISITS // 2),
        )

    def _visit(self, count: int) -> None:
        for _ in range(count):
            self._kiosk.scan(self._next_label())
            self._kiosk.go_home()

    def _next_label(self) -> str:
        """One of a hundred."""
        self._label = self._label % 100 + 1
        return make_label(self._label)


def _both(what: str, ours: list[float], bare: list[float]) -> list[Row]:
    return [
        Row(f"{what}-p{percent}-ms", percentile(ours, percent), "ms", len(ours), BARE, percentile(bare, percent))
        for percent in (50, 95)
    ]


def _cpu_s(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


def appends(folder: Path) -> list[Row]:
    """The journal with a month of unsent events in it."""
    store = Store.open(folder / "station.db")
    epoch = store.facts.identity().epoch
    now = datetime.now(UTC)
    first = store.journal.count("pending") + store.journal.count("acked") + 1
    rows = []
    for seq in range(first, first + WAITING):
        event = CheckedIn(checkin=f"{seq:08x}", trade="courier")
        body = encode_entry(seq, now, event)
        rows.append((epoch, seq, kind_of(event), "", now.isoformat(), body, digest_of(body)))
    database = store._db.conn  # the bench writes a month in a second
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO journal (epoch, seq, kind, subject, at, body, digest) VALUES (?, ?, ?, ?, ?, ?, ?)", rows
    )
    database.execute("COMMIT")
    times: list[float] = []
    for turn in range(APPENDS):
        begun = time.perf_counter()
        store.journal.append(CheckedIn(checkin=f"bench{turn}", trade="courier"), at=now)
        times.append((time.perf_counter() - begun) * 1_000)
    store.close()
    return [
        Row("append-p50-ms", statistics.median(times), "ms", APPENDS),
        Row("append-p99-ms", percentile(times, 99), "ms", APPENDS),
    ]


def check_journal(folder: Path) -> None:
    """Every tap that was shown is in the journal, once."""
    store = Store.open(folder / "station.db")
    made = store.journal.since(CheckedIn, datetime(2020, 1, 1, tzinfo=UTC))
    store.close()
    if len(made) != TAPS:
        raise SystemExit(f"{TAPS} taps were shown, {len(made)} check-ins are in the journal")


def measure(table: Table, folder: Path) -> None:
    """Everything, in a folder of its own."""
    station = folder / "station"
    table.begin("setting up an office and a station", 10)
    fill(station, folder / "office")
    with ExitStack() as stack:
        displays = [stack.enter_context(virtual_screen(*SIZE)) for _ in range(2)]
        scanners = [
            stack.enter_context(Simulator(folder / name, folder / f"{name}.sock")) for name in ("scanner", "bare")
        ]
        size, fonts = f"{SIZE[0]}x{SIZE[1]}", os.environ.get("YIZHAN_FONTS", "build/fonts")
        kiosk = Window(displays[0], scanners[0], [
            "kiosk", "--data", str(station), "--size", size, "--scanner", str(scanners[0].link), "--fonts", fonts,
        ])
        bare = Window(displays[1], scanners[1], [
            "tests.bench.bare_window", str(folder / "home"), str(scanners[1].link),
        ])
        (folder / "home").mkdir()
        stack.callback(kiosk.close)
        stack.callback(bare.close)
        bench = Bench(table, kiosk, bare)
        bench.cold_starts()
        with kiosk.running() as ours, bare.running() as theirs:
            kiosk.eye.wait_until(is_poster, *PROBE)
            bare.eye.wait_until(is_paper, *PROBE)
            bench.idle(ours, theirs)
            bench.taps()
            check_journal(station)
            bench.scans()
            bench.growth(ours, theirs)
    table.begin(f"{APPENDS} appends with {WAITING:,} events waiting", 8)
    table.add(*appends(station))


def main() -> None:
    """Run the bench and print its table."""
    with Table("kiosk") as table, tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        measure(table, Path(name))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)   # whoever ends us ends what we started
    main()
