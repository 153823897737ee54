"""`make test-call`: calls under every fault, one case after the other; what passed for this commit is not played again.

    python -m tests.calls.long            those that have not passed yet; ALL=1 all of them
    python -m tests.calls.long cut loss   those whose names have one of these words
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.calls.long.spaces import a_line
from tests.sync.faults.netns import NoLine

ROOT: Final = Path(__file__).resolve().parents[3]
MEMORY: Final = ROOT / "build/test-call.json"
HERE: Final = "tests/calls/long"


class Case(NamedTuple):
    """One test, whether it needs a line of its own, and how long it may take."""

    name: str
    node: str
    has_line: bool = False
    most_s: int = 600


CASES: Final = (
    Case("relay-only", "case_relay.py::test_a_call_by_relay_alone"),
    Case("kill-browser", "case_killed.py::test_the_kiosks_browser"),
    Case("kill-desk", "case_killed.py::test_the_desk_and_the_doctor_comes_back"),
    Case("kill-desk-for-good", "case_killed.py::test_the_desk_for_good"),
    Case("kill-office", "case_killed.py::test_the_office"),
    Case("kill-kiosk", "case_killed.py::test_the_kiosk"),
    Case("device-again", "case_device.py::test_a_camera_that_is_plugged_in_again_is_seen_again"),
    Case(
        "device-gone", "case_device.py::test_a_camera_that_stays_away_leaves_the_voice_and_a_microphone_ends_the_call"
    ),
    Case("policy-keys", "case_keys.py::test_keys_arrive_and_lead_nowhere"),
    Case("policy-call", "case_policy.py::test_no_key_leads_out"),
    Case("cut-5", "case_line.py::test_a_cut_of_less_than_a_minute_ends_nothing[5]", has_line=True),
    Case("cut-30", "case_line.py::test_a_cut_of_less_than_a_minute_ends_nothing[30]", has_line=True),
    Case(
        "cut-90", "case_line.py::test_after_a_cut_of_90_s_both_were_told_and_the_line_brings_the_journal", has_line=True
    ),
    Case("loss-10", "case_line.py::test_a_line_that_loses_much_carries_the_voice[0.1]", has_line=True),
    Case("loss-30", "case_line.py::test_a_line_that_loses_much_carries_the_voice[0.3]", has_line=True),
    Case("many-calls", "case_many.py::test_nothing_is_left_of_calls_in_a_row", most_s=1_100),
)


def version() -> str:
    """The commit, and whether something was changed since."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "none"


class Memory:
    """Which cases passed for this commit."""

    def __init__(self) -> None:
        self._version = version()
        kept = json.loads(MEMORY.read_text(encoding="utf-8")) if MEMORY.exists() else {}
        is_same = kept.get("version") == self._version and not self._version.endswith("-dirty")
        self.passed: dict[str, float] = kept.get("passed", {}) if is_same else {}

    def keep(self, name: str, seconds: float) -> None:
        """One more."""
        self.passed[name] = round(seconds, 1)
        MEMORY.parent.mkdir(parents=True, exist_ok=True)
        MEMORY.write_text(json.dumps({"version": self._version, "passed": self.passed}, indent=1), encoding="utf-8")


def play(case: Case) -> tuple[str, str]:
    """`passed`, `skipped` or `failed`, and what was said."""
    command = [
        sys.executable, "-m", "pytest", "-q", "-s", "-rs", "--no-header", "-p", "no:randomly",
        f"--timeout={case.most_s}", "-o", "faulthandler_timeout=0", f"{HERE}/{case.node}",
    ]
    try:
        if not case.has_line:
            return _run(command, {}, case.most_s)
        with a_line() as (before, environment):
            return _run([*before, *command], environment, case.most_s)
    except NoLine as missing:
        return "skipped", str(missing)


def _run(command: Sequence[str], environment: Mapping[str, str], most_s: int) -> tuple[str, str]:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
        timeout=most_s + 60,
    )
    if done.returncode:
        return "failed", done.stdout[-6_000:] + done.stderr[-2_000:]
    skipped = re.search(r"^SKIPPED \[1\] \S+ (.*)$", done.stdout, re.MULTILINE)
    told = re.compile(r" s after |told after| at rest | lost: | calls in | counted by ")
    said = [line.lstrip(".") for line in done.stdout.splitlines() if told.search(line)]
    return ("skipped", skipped[1]) if skipped else ("passed", "; ".join(said))


def main(wanted: Sequence[str]) -> int:
    """Play them; 0 if none failed."""
    memory, failed = Memory(), 0
    began_s = time.monotonic()
    for case in CASES:
        if wanted and not any(word in case.name for word in wanted):
            continue
        if case.name in memory.passed and not os.environ.get("ALL"):
            print(f"test-call: {case.name}: passed for this commit already", flush=True)
            continue
        begun_s = time.monotonic()
        how, said = play(case)
        took_s = time.monotonic() - begun_s
        print(f"test-call: {case.name}: {how} in {took_s:.0f} s" + (f": {said}" if said else ""), flush=True)
        if how == "passed":
            memory.keep(case.name, took_s)
        failed += how == "failed"
    print(f"test-call: {time.monotonic() - began_s:.0f} s, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
