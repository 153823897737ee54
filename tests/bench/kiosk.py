"""`make bench-kiosk`: how fast the screen is, seen from outside.

The kiosk runs as its own process under Xvfb. Taps are X events, scans are bytes on a pseudo-terminal, and
"shown" is the moment a pixel of the result is on the X server's screen. YIZHAN_BENCH_VISITS shortens the
growth run (default 2,000 visits).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil

from devices.codes import make_label
from devices.simulator import Simulator
from sync.protocol.events import CheckedIn, digest_of, encode_entry, kind_of
from sync.station.store import Store
from tests.bench.table import Row, percentile, publish
from tests.flows.example import fill
from tests.x11 import Eye, Finger, virtual_screen

SIZE = (1080, 1920)
PAPER = (251, 246, 238)
CARD = (255, 255, 255)
PROBE = (1000, 300)         # on home it lies on the poster, on every result inside the white card
TRADES = ((160, 770), (410, 770), (660, 770), (910, 770))
HOME = (206, 1850)
DEBOUNCE_S = 2.1
STARTS, TAPS, SCANS, IDLE_S, APPENDS = 5, 60, 100, 30, 1_000
WAITING = 100_000
WARM_UP = 300
VISITS = int(os.environ.get("YIZHAN_BENCH_VISITS", "2000"))


def is_card(colour: tuple[int, int, int]) -> bool:
    """A result is shown."""
    return colour == CARD


def is_poster(colour: tuple[int, int, int]) -> bool:
    """Home is shown."""
    return colour not in (CARD, PAPER, (0, 0, 0))


def is_paper(colour: tuple[int, int, int]) -> bool:
    """The first frame is there."""
    return max(abs(one - other) for one, other in zip(colour, PAPER, strict=True)) <= 2


class Bench:
    """One kiosk on one display."""

    def __init__(self, folder: Path, display: str, scanner: Simulator) -> None:
        self.folder = folder
        self.environment = {**os.environ, "DISPLAY": display}
        self.finger = Finger(display)
        self.eye = Eye(display)
        self.scanner = scanner
        self._label = 0

    @contextmanager
    def process(self, *command: str) -> Iterator[psutil.Process]:
        """A process for the time of the block."""
        started = subprocess.Popen(
            [sys.executable, "-m", *command], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield psutil.Process(started.pid)
        finally:
            started.terminate()
            started.wait(20)

    def kiosk(self) -> tuple[str, ...]:
        """The kiosk's command line."""
        return (
            "kiosk", "--data", str(self.folder), "--size", f"{SIZE[0]}x{SIZE[1]}",
            "--scanner", str(self.scanner.link), "--fonts", os.environ.get("YIZHAN_FONTS", "build/fonts"),
        )

    def cold_starts(self) -> list[Row]:
        """Process start to first frame, beside a bare window; and to the home screen."""
        ours, home, bare = [], [], []
        for _ in range(STARTS):
            begun = time.monotonic()
            with self.process(*self.kiosk()):
                ours.append(self.eye.wait_until(is_paper, 540, 60, 30) - begun)
                home.append(self.eye.wait_until(is_poster, *PROBE, timeout_s=30) - begun)
            begun = time.monotonic()
            with self.process("tests.bench.bare_window", str(self.folder / "bare")):
                bare.append(self.eye.wait_until(is_paper, 540, 60, 30) - begun)
        peer = statistics.median(bare) * 1_000
        return [
            Row("cold-start-ms", statistics.median(ours) * 1_000, "ms", STARTS, "bare Kivy window", peer),
            Row("cold-start-home-ms", statistics.median(home) * 1_000, "ms", STARTS, "bare Kivy window", peer),
        ]

    def taps(self) -> list[Row]:
        """Finger up to the result on the screen, which comes after the commit."""
        times: list[float] = []
        for turn in range(TAPS):
            self.finger.move(*TRADES[turn % len(TRADES)])
            time.sleep(DEBOUNCE_S + 0.017 * (turn % 5))
            begun = time.monotonic()
            self.finger.tap(*TRADES[turn % len(TRADES)])
            times.append((self.eye.wait_until(is_card, *PROBE) - begun) * 1_000)
            self.go_home()
        return [
            Row("tap-shown-p50-ms", statistics.median(times), "ms", TAPS),
            Row("tap-shown-p95-ms", percentile(times, 95), "ms", TAPS),
        ]

    def scans(self) -> list[Row]:
        """Last byte of a scan written to the line, to the book on the screen."""
        times = [self.scan() for _ in range(SCANS)]
        return [
            Row("scan-shown-p50-ms", statistics.median(times), "ms", SCANS),
            Row("scan-shown-p95-ms", percentile(times, 95), "ms", SCANS),
        ]

    def scan(self) -> float:
        """Scan the next of a hundred labels and go home; milliseconds until it was shown."""
        self._label = self._label % 100 + 1
        begun = time.monotonic()
        self.scanner.scan(make_label(self._label))
        taken = (self.eye.wait_until(is_card, *PROBE) - begun) * 1_000
        self.go_home()
        return taken

    def go_home(self) -> None:
        """Back to the home screen."""
        time.sleep(0.05)
        self.finger.tap(*HOME)
        self.eye.wait_until(is_poster, *PROBE)

    def growth(self, kiosk: psutil.Process) -> list[Row]:
        """Resident memory, and what many visits add to it once every cache is full."""
        for _ in range(WARM_UP):
            self.scan()
        before = kiosk.memory_info().rss
        for _ in range(VISITS):
            self.scan()
        after = kiosk.memory_info().rss
        mega = 1024 * 1024
        grown = (after - before) / mega * 10_000 / VISITS
        return [Row("memory-mb", after / mega, "MB", 1), Row("growth-mb-per-10k-visits", grown, "MB", VISITS)]

    def idle(self, kiosk: psutil.Process) -> list[Row]:
        """What the home screen costs while nobody is there."""
        time.sleep(3)
        before = kiosk.cpu_times()
        time.sleep(IDLE_S)
        after = kiosk.cpu_times()
        used = (after.user + after.system - before.user - before.system) / IDLE_S * 100
        return [Row("idle-cpu-pct", used, "%", 1)]


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


def main(arguments: Sequence[str] = ()) -> None:
    """Run the bench and print its table."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name, virtual_screen(*SIZE) as display:
        folder = Path(name) / "station"
        fill(folder, Path(name) / "office")
        with Simulator(Path(name) / "scanner", Path(name) / "scanner.sock") as scanner:
            bench = Bench(folder, display, scanner)
            rows += bench.cold_starts()
            with bench.process(*bench.kiosk()) as kiosk:
                bench.eye.wait_until(is_poster, *PROBE, timeout_s=30)
                time.sleep(5)
                rows += bench.idle(kiosk)
                rows += bench.taps()
                check_journal(folder)
                rows += bench.scans()
                rows += bench.growth(kiosk)
            bench.finger.close()
            bench.eye.close()
        rows += appends(folder)
    publish("kiosk", rows)


if __name__ == "__main__":
    main()
