"""An update on a stick: the same signature, at once, and nothing is left of one that is pulled."""

from __future__ import annotations

import errno
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from sync.protocol.events import (
    UpdateCommitted,
    UpdateFailed,
)
from sync.station.facts import StickUpdate
from sync.station.host.fake import make_bundle
from sync.station.host.table import Bundle

from .bench import NIGHT, OLD, UpdateBench


def test_a_stick_is_installed_at_once_with_the_same_signature(bench: UpdateBench) -> None:
    bench.clock.set(NIGHT + timedelta(hours=9))
    plug(bench, make_bundle("2026.12.5"))
    bench.until_reboot()
    assert bench.runs == "2026.12.5"
    assert bench.stick_fact() == StickUpdate("trial", "2026.12.5")
    bench.draws()
    bench.goes_on()
    assert bench.stick_fact() == StickUpdate("runs", "2026.12.5")
    assert bench.events()[-1] == UpdateCommitted(version="2026.12.5", from_version=OLD)
    bench.goes_on(5)
    assert bench.reboots() == 1, "it is still plugged in"
    shutil.rmtree(bench.stick)
    bench.goes_on(1)
    assert bench.stick_fact() == StickUpdate("runs", "2026.12.5"), "it was pulled while nobody looked at the screen"
    bench.clock.move(200)
    bench.goes_on()
    assert bench.stick_fact() == StickUpdate(), "it was pulled"


def test_a_stick_whose_program_fails_is_not_tried_again(bench: UpdateBench) -> None:
    plug(bench, make_bundle("2026.12.5"))
    bench.until_reboot()
    bench.until_reboot()
    bench.draws()
    bench.goes_on(10)
    assert bench.runs == OLD
    assert bench.reboots() == 2
    assert bench.stick_fact() == StickUpdate("failed", "2026.12.5", "UPDATE-SCREEN")
    bench.power_cycle()
    bench.draws()
    bench.goes_on(5)
    assert bench.reboots() == 2
    assert bench.stick_fact() == StickUpdate("failed", "2026.12.5", "UPDATE-SCREEN"), "plugged in after a power cut"


@pytest.mark.parametrize(
    ("content", "event"),
    [
        (b"forged", UpdateFailed(version="stick", code="HOST-SIGNATURE")),
        (make_bundle("2026.1.1"), UpdateFailed(version="2026.1.1", code="HOST-OLDER")),
    ],
)
def test_a_stick_that_may_not_be_installed_is_left_alone(
    bench: UpdateBench, content: bytes, event: UpdateFailed
) -> None:
    plug(bench, content)
    bench.goes_on(5)
    assert bench.events() == [event]
    assert bench.host.machine.done == []
    version = "" if event.version == "stick" else event.version
    assert bench.stick_fact() == StickUpdate("failed", version, event.code)


def test_a_stick_that_is_plugged_in_once_more_is_told_of_once_more(bench: UpdateBench) -> None:
    plug(bench, make_bundle(OLD))
    bench.goes_on(3)
    first = noted(bench)
    assert (first.step, first.version) == ("runs", OLD)
    bench.goes_on(3)
    assert noted(bench) == first, "it is still in"
    shutil.rmtree(bench.stick)
    bench.goes_on(1)
    bench.clock.move(30)
    plug(bench, make_bundle(OLD))
    bench.goes_on(3)
    assert noted(bench).at_boot_s > first.at_boot_s


def test_a_stick_without_a_version_is_none_for_this_machine(
    bench: UpdateBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.host, "inspect", lambda _name: Bundle(version=""))
    plug(bench, make_bundle("2026.12.5"))
    bench.goes_on(3)
    assert bench.stick_fact() == StickUpdate("failed", code="HOST-SIGNATURE")


def noted(bench: UpdateBench) -> StickUpdate:
    store = bench.with_store()
    try:
        return store.facts.find(StickUpdate) or StickUpdate()
    finally:
        store.close()


def test_each_plugging_of_a_stick_that_cannot_be_used_is_told(bench: UpdateBench) -> None:
    for _ in range(2):
        plug(bench, b"forged")
        bench.goes_on(5)
        shutil.rmtree(bench.stick)
        bench.clock.move(60)
        bench.goes_on(5)
    assert bench.events() == [UpdateFailed(version="stick", code="HOST-SIGNATURE")] * 2
    assert not list(bench.updates.iterdir())


def test_a_stick_that_is_pulled_while_it_is_read_leaves_nothing(
    bench: UpdateBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug(bench, make_bundle("2026.12.5", size=3 << 20))
    opened = Path.open

    def pulled(path: Path, *given: Any, **named: Any) -> Any:
        file = opened(path, *given, **named)
        return Pulled(file) if path.is_relative_to(bench.stick) else file

    monkeypatch.setattr(Path, "open", pulled)
    bench.goes_on(5)
    assert bench.events() == [UpdateFailed(version="stick", code="HOST-PATH")]
    monkeypatch.undo()
    shutil.rmtree(bench.stick)
    bench.clock.move(60)
    bench.goes_on(5)
    assert not list(bench.updates.iterdir())


class Pulled:
    """A file of a stick that goes after its first megabyte."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._is_gone = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_given: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        if self._is_gone:
            raise OSError(errno.EIO, "Input/output error")
        self._is_gone = True
        return bytes(self._file.read(size))


def test_a_full_disk_takes_no_stick_and_says_so(bench: UpdateBench, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 0
    monkeypatch.setattr("sync.station.updates.bundles.free_bytes", lambda _folder: free)
    plug(bench, make_bundle("2026.12.5"))
    bench.goes_on(5)
    assert bench.events() == [UpdateFailed(version="stick", code="STORE-FULL")]
    assert not list(bench.updates.iterdir())
    shutil.rmtree(bench.stick)
    bench.clock.move(60)
    bench.goes_on(5)
    free = 1 << 40
    plug(bench, make_bundle("2026.12.5"))
    bench.until_reboot()
    assert bench.runs == "2026.12.5"


def plug(bench: UpdateBench, content: bytes) -> None:
    bench.stick.mkdir()
    Path(bench.stick, "yizhan.raucb").write_bytes(content)
