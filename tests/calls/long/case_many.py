"""Calls in a row (CALLS=50): nothing of one is left when it is over."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.calls.station import wait_until
from tests.calls.town import Town, open_town

CALLS = int(os.environ.get("CALLS") or 50)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with open_town(tmp_path) as town:
        yield town


def descriptors(*pids: int) -> list[int]:
    return [psutil.Process(pid).num_fds() for pid in pids]


def what_is_open(pid: int) -> Counter[str]:
    """What the descriptors of a process lead to; sockets and pipes without their numbers."""
    found: Counter[str] = Counter()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found[re.sub(r"\d+", "N", str(link.readlink()))] += 1
    return found


def one_call(town: Town, number: int) -> None:
    """The doctor and the worker hang up in turn."""
    town.talk()
    if number % 2:
        town.station.tap_page("hang-up")
    else:
        town.desk.hang_up()
    town.station.shows("consult_ended")
    town.ends("talked")
    town.is_idle()
    town.station.tap("完成")
    town.station.shows("home")


def test_nothing_is_left_of_calls_in_a_row(town: Town) -> None:
    pids = town.station.kiosk_pid, town.office.server_pid
    began_s, first, opened = time.monotonic(), [0, 0], Counter[str]()
    for number in range(CALLS):
        one_call(town, number)
        if number == min(2, CALLS - 1):
            first = descriptors(*pids)      # by now everything that stays open is
            opened = what_is_open(pids[0])
    print(f"{CALLS} calls in {time.monotonic() - began_s:.0f} s; descriptors {first} then {descriptors(*pids)}")
    print(f"the kiosk has opened: {dict(what_is_open(pids[0]) - opened)}")
    wait_until(lambda: all(now <= was + 3 for now, was in zip(descriptors(*pids), first, strict=True)), "descriptors")
    assert town.office.rows("SELECT count(*) FROM consult_consultation WHERE ending = 'talked'")[0][0] == CALLS
    wait_until(lambda: len(town.station.events()) == 3 * CALLS, "the journal")
    assert "Traceback" not in town.station.log()
