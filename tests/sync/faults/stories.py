"""A test whose body is played in a worker, where processes can be forked, killed and robbed of their disk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .play import Play
from .worker import Worker

# For stories in which the office's database is not what is tried; others are played on both.
on_sqlite = pytest.mark.parametrize("worker", ["sqlite"], indirect=True)


def story(tells: Callable[[Play], None]) -> Callable[[Worker], None]:
    """The test that has a worker play this; whatever was lost, doubled or stuck afterwards fails it."""
    def test(worker: Worker) -> None:
        hear(worker, tells)

    test.__name__, test.__doc__ = tells.__name__, tells.__doc__
    test.story = tells  # type: ignore[attr-defined]
    return test


def hear(worker: Worker, tells: Callable[..., None], *arguments: str) -> None:
    """Have a worker play this function of a test module."""
    outcome = worker.play(" ".join((f"{tells.__module__}:{tells.__name__}", *arguments)))
    if outcome.not_permitted:
        pytest.skip(outcome.not_permitted)
    assert not outcome.problems, "\n".join(outcome.problems)
