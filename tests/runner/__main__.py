"""`make test`: all tests on all cores; what fails is tried once more, alone.

    python -m tests.runner                       everything
    python -m tests.runner tests/flows -k card   some of it; what pytest understands
    python -m tests.runner --seed 17             the order of an earlier run
    python -m tests.runner --burden 4 --times 3  three times, beside four busy loops

A test that passes alone leaves the run green, with a line `flaky: NAME` at its end and what its first failure said in
build/flaky/. One that fails twice is red. pytest-timeout ends what hangs; where even that is stuck, faulthandler ends
the process, and pytest-xdist goes on with another.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import SystemRandom
from typing import Final

import pytest

from tests.runner.burden import burden
from tests.runner.record import Record, table_of_slowest

FLAKY: Final = Path("build/flaky")
_MOST_SECOND_TRIES: Final = 20      # more than this is no chance
_SECOND_TRY_S: Final = 400.0        # pytest-timeout ends it long before


def play(arguments: Sequence[str], workers: int, seed: int) -> int:
    """One run; 0 if it is green."""
    record = Record()
    started_s, used_s = time.monotonic(), _cpu_s()
    order = ["-p", "tests.runner.order", "-p", "randomly", f"--randomly-seed={seed}"]
    spread = ["--numprocesses", str(workers), "--no-loadscope-reorder"]
    code = pytest.main([*order, *spread, *arguments], plugins=[record])
    print(f"\n{table_of_slowest(record.seconds)}", flush=True)
    flaky = [name for name in record.failures if _passes_alone(name, record)]
    failed = [name for name in record.failures if name not in flaky]
    took_s, cpu_s = time.monotonic() - started_s, _cpu_s() - used_s
    print(f"\n{took_s:.0f} s, {cpu_s:.0f} s of CPU; the same order again: --seed {seed}")
    for name in failed:
        print(f"failed twice: {name}")
    for name in flaky:
        print(f"flaky: {name} (what it said first: {_place_of(name)})")
    print(f"{len(record.passed) + len(flaky)} passed, {len(failed)} failed, {len(record.skipped)} skipped", flush=True)
    if code == pytest.ExitCode.TESTS_FAILED and flaky and not failed and not record.broken:
        return 0
    return int(code)


def _passes_alone(name: str, record: Record) -> bool:
    """Keep what the failure said, and try once more."""
    kept = _place_of(name)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(record.failures[name], encoding="utf-8")
    if len(record.failures) > _MOST_SECOND_TRIES:
        return False
    print(f"once more, alone: {name}", flush=True)
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "--no-header", "-q", name]
    try:
        done = subprocess.run(command, check=False, timeout=_SECOND_TRY_S, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _place_of(name: str) -> Path:
    return FLAKY / (re.sub(r"[^\w.-]+", "-", name)[-150:] + ".txt")


def _cpu_s() -> float:
    """CPU time of this process and of all its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> int:
    """Run as asked; 0 if every run was green."""
    parser = argparse.ArgumentParser("tests.runner", description="All tests on all cores; anything else goes to pytest")
    # More than cores: many tests wait for processes of their own, or as long as a scanner's trigger is pulled.
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)) + 4, help="processes side by side")
    parser.add_argument("--seed", type=int, help="of the order of tests")
    parser.add_argument("--burden", type=int, default=0, help="busy loops beside the tests")
    parser.add_argument("--times", type=int, default=1, help="how often, while it is green")
    ours, rest = parser.parse_known_args()
    shutil.rmtree(FLAKY, ignore_errors=True)
    os.environ.setdefault("YIZHAN_SCREENSHOTS", "")     # pictures are drawn and measured; `make screenshots` keeps them
    with burden(ours.burden):
        for _ in range(ours.times):
            seed = ours.seed if ours.seed is not None else SystemRandom().randrange(2**32)
            if code := play(rest, ours.workers, seed):
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
