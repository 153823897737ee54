"""Many seeded runs over both databases: `make soak RUNS=500 SEED=1 DATABASE=both`.

A run that fails prints its seed and the command that replays it; its files stay in build/soak/.
"""

from __future__ import annotations

import argparse
import queue
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.postgres import PostgresCluster

from .outcomes import Outcome
from .worker import ROOT, Worker

DATABASES: Final = ("sqlite", "postgresql")


def soak(seeds: Sequence[int], folder: Path, databases: Sequence[str]) -> Iterator[Outcome]:
    """Play the seeds, shared out among the databases, on all of them at once."""
    # Two workers each: a run waits more than it works.
    names = [name for name in databases for _ in range(min(2, len(seeds)))]
    shares = [seeds[place :: len(names)] for place in range(len(names))]
    outcomes: queue.Queue[Outcome | BaseException] = queue.Queue()
    # No power is cut here, only processes are killed: fsync would prove nothing.
    cluster = PostgresCluster(fsync=False) if "postgresql" in databases else None
    try:
        if cluster:
            cluster.start()
        threads: list[threading.Thread] = []
        for place, (name, share) in enumerate(zip(names, shares, strict=True)):
            admin_url = cluster.make_database() if cluster and name == "postgresql" else ""
            worker = Worker(folder / f"{name}-{place}", name, admin_url)
            threads.append(threading.Thread(target=_play_all, args=(worker, share, outcomes), daemon=True))
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
            outcomes.put(worker.play(str(seed)))
        worker.close()
    except BaseException as fault:  # noqa: BLE001  # raised again by whoever waits
        outcomes.put(fault)


def words_of(outcome: Outcome) -> str:
    """What was wrong with a run, and the command that plays it again."""
    problems = "; ".join(outcome.problems[:6])
    return (
        f"seed {outcome.name} on {outcome.database}: {problems}\n"
        f"    make soak RUNS=1 SEED={outcome.name} DATABASE={outcome.database}"
    )


def table(outcomes: Sequence[Outcome]) -> str:
    """What was hit how often."""
    hits: Counter[str] = Counter()
    for outcome in outcomes:
        hits.update(outcome.hits)
    lines = [f"{count:7}  {what}" for what, count in sorted(hits.items())]
    events = sum(outcome.events for outcome in outcomes)
    runs = dict(Counter(outcome.database for outcome in outcomes))
    bad = sum(bool(outcome.problems) for outcome in outcomes)
    lines.append(f"{len(outcomes)} runs {runs}, {events} events, {bad} runs with faults")
    return "\n".join(lines)


def main() -> int:
    """Play what is asked for; 1 if anything was lost, doubled or stuck."""
    parser = argparse.ArgumentParser("soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    options = parser.parse_args()
    databases = DATABASES if options.database == "both" else (options.database,)
    seeds = range(options.seed, options.seed + options.runs)
    outcomes: list[Outcome] = []
    started_s = time.monotonic()
    for outcome in soak(seeds, ROOT / "build" / "soak", databases):
        outcomes.append(outcome)
        if outcome.problems:
            print(words_of(outcome), flush=True)
        elif len(outcomes) % 20 == 0:
            print(f"{len(outcomes)} of {options.runs} in {time.monotonic() - started_s:.0f} s", flush=True)
    print(table(outcomes))
    return int(any(outcome.problems for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
