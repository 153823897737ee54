"""What a run of pytest did: how long each test took, and what each failure said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import pytest

SLOWEST: Final = 25


class Record:
    """A pytest plugin that keeps what the closing lines need; with pytest-xdist, in the process that hands out."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)     # set-up and tear-down are part of a test
        self.failures: dict[str, str] = {}
        self.passed: set[str] = set()
        self.skipped: set[str] = set()
        self.broken: list[str] = []         # files that could not be collected

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test."""
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.passed.discard(report.nodeid)
            self.failures[report.nodeid] = "\n".join((self.failures.get(report.nodeid, ""), words_of(report))).strip()
        elif report.skipped:
            self.skipped.add(report.nodeid)
        elif report.when == "call":
            self.passed.add(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported, or a test without its parts."""
        if report.failed:
            self.broken.append(report.nodeid)


def words_of(report: pytest.TestReport) -> str:
    """A failure as the terminal shows it: the traceback, then what was printed."""
    sections = [f"---- {title} ----\n{text}" for title, text in report.sections]
    return "\n".join([f"==== {report.when}: {report.nodeid} ====", report.longreprtext, *sections])


def table_of_slowest(seconds: Mapping[str, float], most: int = SLOWEST) -> str:
    """The slowest tests, a line each, and the sum of all."""
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:most]
    lines = [f"{taken:8.2f} s  {name}" for name, taken in slowest]
    return "\n".join([f"slowest {len(slowest)} of {len(seconds)}:", *lines, f"{sum(seconds.values()):8.2f} s  all"])
