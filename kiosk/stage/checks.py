"""What rooms can try of the station by themselves, for whoever sets it up or mends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from sync.station.facts import Tried

Result = Literal["works", "fails", "absent"]


class Outcome(msgspec.Struct, frozen=True):
    """How one part came out; nothing of it is anybody's secret, for it goes on a sheet that is printed."""

    result: Result          # absent: there is none here and none is wanted, so nothing has failed
    found: str = ""         # what was seen, in words: 30 张画面, 720 行
    code: str = ""          # of a failure, as the handbook has it
    next_step: str = ""     # for the technician in front, if it fails


class Check(msgspec.Struct, frozen=True):
    """One thing to try, which may tell of several parts at once: a call, of camera and microphone.

    `run` takes seconds and blocks; call it on a thread that lives until it has answered, but not on Kivy's. It may
    cover the window meanwhile. It raises nothing and answers for every part.
    """

    name: str                       # call; on the sheet for ever, so never renamed
    words: str                      # 视频问诊
    parts: Mapping[str, str]        # name of each part, never renamed either, and its words
    most_s: float                   # it has answered by then
    run: Callable[[], Mapping[str, Outcome]]


class Checks:
    """All that rooms can try here, in the order of their doors; `stage.service(Checks)`."""

    def __init__(self, offers: Sequence[Callable[[], Sequence[Check]]]) -> None:
        self.last: dict[str, Tried] = {}      # how each came out when it was tried last
        self.failing: dict[str, str] = {}     # parts that failed then, each with its code
        self.began_at_boot_s = 0.0            # when all were begun that have come out, after the machine's start
        self._offers: Final = tuple(offers)

    def all(self) -> list[Check]:
        """Made anew, from what settings and documents say now; on the worker thread."""
        return [
            replace(check, run=partial(self._run, check)) for offer in self._offers for check in offer()
        ]

    def _run(self, check: Check) -> Mapping[str, Outcome]:
        outcomes = check.run()
        failing = {part: outcome.code for part, outcome in outcomes.items() if outcome.result == "fails"}
        self.failing = {part: code for part, code in self.failing.items() if part not in outcomes} | failing
        self.last[check.name] = "failed" if failing else "passed"
        return outcomes
