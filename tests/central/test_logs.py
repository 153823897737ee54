"""The office's log stays small, whatever is done to provoke it."""

from __future__ import annotations

import logging

import pytest

from sync.central.logs import Bounded


class Elapsed:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


def written(bounded: Bounded, message: str, count: int) -> list[str]:
    records = [logging.LogRecord("sync", logging.WARNING, "", 0, message, (number,), None) for number in range(count)]
    return [record.getMessage() for record in records if bounded.filter(record)]


def test_a_message_is_written_so_often_in_a_minute_whatever_its_values(elapsed: Elapsed) -> None:
    bounded = Bounded(3, elapsed)
    assert written(bounded, "from %s", 100) == ["from 0", "from 1", "from 2 (no more of these within this minute)"]
    assert written(bounded, "another %s", 1) == ["another 0"]


def test_the_next_minute_is_a_new_one(elapsed: Elapsed) -> None:
    bounded = Bounded(3, elapsed)
    written(bounded, "from %s", 100)
    elapsed.now_s += 59
    assert written(bounded, "from %s", 1) == []
    elapsed.now_s += 1
    assert written(bounded, "from %s", 1) == ["from 0"]
