"""Many seeded runs over both databases: `make soak RUNS=500 SEED=1 DATABASE=both`.

A run that fails prints its seed and the command that replays it; its files stay in build/soak/.
"""

from __future__ import annotations

import argparse
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.postgres import PostgresCluster

from .run import Outcome, play
from .worker import set_up

ROOT: Final = Path(__file__).resolve().parents[3]
DATABASES: Final = ("sqlite", "postgresql")


class Worker:
    """A process that plays the seeds it is given."""

    def __init__(self, folder: Path, database: str, admin_url: str = "") -> None:
        self.database = database
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.faults.soak", "--work", str(folder), "--on", database,
             "--cluster", admin_url],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def play(self, seed: int) -> Outcome:
        """One run."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the worker has no pipes")
        self._process.stdin.write(f"{seed}\n".encode())
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            raise RuntimeError(f"the worker ended with {self._process.wait(20)} at seed {seed}")
        return msgspec.json.decode(said, type=Outcome)

    def close(self) -> None:
        """Let it end."""
        if self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            self._process.stdout.close()
        self._process.wait(30)


def soak(seeds: Sequence[int], folder: Path, databases: Sequence[str]) -> Iterator[Outcome]:
    """Play the seeds, each on one of the databases in turn, on all of them at once."""
    jobs: dict[str, list[int]] = {
        name: list(seeds[place :: len(databases)]) for place, name in enumerate(databases)
    }
    outcomes: queue.Queue[Outcome | BaseException] = queue.Queue()
    cluster = PostgresCluster(fsync=False) if "postgresql" in databases else None
    try:
        if cluster:
            cluster.start()
        workers = [
            Worker(folder / name, name, cluster.make_database() if cluster and name == "postgresql" else "")
            for name in databases
        ]
        threads = [
            threading.Thread(target=_play_all, args=(worker, jobs[worker.database], outcomes)) for worker in workers
        ]
        for thread in threads:
            thread.start()
        for _ in seeds:
            outcome = outcomes.get()
            if isinstance(outcome, BaseException):
                raise outcome
            yield outcome
        for thread in threads:
            thread.join()
    finally:
        if cluster:
            cluster.stop()


def _play_all(worker: Worker, seeds: Sequence[int], outcomes: queue.Queue[Outcome | BaseException]) -> None:
    try:
        for seed in seeds:
            outcomes.put(worker.play(seed))
        worker.close()
    except BaseException as fault:  # noqa: BLE001  # raised again by whoever waits
        outcomes.put(fault)


def replay(outcome: Outcome) -> str:
    """The command that plays this run again."""
    return f"make soak RUNS=1 SEED={outcome.seed} DATABASE={outcome.database}"


def table(outcomes: Sequence[Outcome]) -> str:
    """What was hit how often."""
    hits: Counter[str] = Counter()
    for outcome in outcomes:
        hits.update(outcome.hits)
    events = sum(outcome.events for outcome in outcomes)
    lines = [f"{count:7}  {what}" for what, count in sorted(hits.items())]
    by_database = Counter(outcome.database for outcome in outcomes)
    bad = sum(bool(outcome.problems) for outcome in outcomes)
    lines.append(f"{len(outcomes)} runs {dict(by_database)}, {events} events, {bad} runs with faults")
    return "\n".join(lines)


def main() -> int:
    """Play what is asked for; 1 if anything was lost, doubled or stuck."""
    parser = argparse.ArgumentParser("soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--on")
    parser.add_argument("--cluster", default="")
    options = parser.parse_args()
    if options.work:
        return _work(options.work, options.on, options.cluster)
    databases = DATABASES if options.database == "both" else (options.database,)
    seeds = range(options.seed, options.seed + options.runs)
    outcomes: list[Outcome] = []
    started_s = time.monotonic()
    for outcome in soak(seeds, ROOT / "build" / "soak", databases):
        outcomes.append(outcome)
        if outcome.problems:
            print(f"seed {outcome.seed} on {outcome.database}: {'; '.join(outcome.problems[:6])}\n  {replay(outcome)}")
        elif len(outcomes) % 20 == 0:
            print(f"{len(outcomes)} of {options.runs} in {time.monotonic() - started_s:.0f} s", flush=True)
    print(table(outcomes))
    return int(any(outcome.problems for outcome in outcomes))


def _work(folder: Path, name: str, cluster: str) -> int:
    database = set_up(folder.resolve(), cluster)
    for line in sys.stdin:
        outcome = play(int(line), folder.resolve() / f"run-{line.strip()}", database, name)
        sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
