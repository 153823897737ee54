from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.base import DeviceState
from devices.errors import DeviceBusy, DeviceLost, DeviceMissing
from devices.fakes import FakeMisused, FakeScanner
from devices.listener import FIRST_RETRY_S, LAST_RETRY_S, ScannerListener
from devices.scanner import SerialScanner
from devices.simulator import Simulator

START = datetime(2026, 11, 23, 6, 26, tzinfo=UTC)


class Story:
    """A listener on one fake scanner; each wait before a retry is a step of the story."""

    def __init__(self, *steps: Callable[[FakeScanner], None]) -> None:
        self.scanner = FakeScanner()
        self.waits_s: list[float] = []
        self.frames: list[bytes] = []
        self.states: list[DeviceState] = []
        self._steps = list(steps)
        self._now_utc = START
        self.listener = ScannerListener(
            self.scanner, self.frames.append, self.states.append, now_utc=lambda: self._now_utc, wait=self._wait
        )

    def _wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        self._now_utc += timedelta(seconds=seconds)
        if self._steps:
            self._steps.pop(0)(self.scanner)
        else:
            self.listener.stop()

    def run(self) -> None:
        self.listener.run()


def test_a_missing_scanner_is_tried_again_ever_more_slowly() -> None:
    story = Story(*[lambda _: None] * 7)
    story.scanner.unplug()
    story.run()
    assert story.waits_s == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert story.states == [DeviceState("scanner", ok=False, code="DEV-MISSING", since_utc=START)]


def test_each_change_is_told_once_and_since_stays_while_it_is_down() -> None:
    def back(scanner: FakeScanner) -> None:
        scanner.fail_next(DeviceLost("scanner"), "open")

    story = Story(lambda scanner: scanner.fail_next(DeviceBusy("scanner"), "open"), back)
    story.scanner.fail_next(DeviceMissing("scanner"), "open")
    story.run()
    assert [(state.ok, state.code) for state in story.states] == [
        (False, "DEV-MISSING"), (False, "DEV-BUSY"), (False, "DEV-LOST"),
    ]
    assert {state.since_utc for state in story.states} == {START}


def test_a_recovered_scanner_is_told_with_the_time_of_recovery() -> None:
    story = Story(_lose_after_one_poll)
    story.scanner.fail_next(DeviceMissing("scanner"), "open")
    story.run()
    assert [(state.ok, state.code) for state in story.states] == [
        (False, "DEV-MISSING"), (True, ""), (False, "DEV-LOST"),
    ]
    assert story.states[1].since_utc == START + timedelta(seconds=FIRST_RETRY_S)


def _lose_after_one_poll(scanner: FakeScanner) -> None:
    polls = iter((0, 1))
    poll = scanner.poll

    def poll_once() -> list[bytes]:
        if next(polls):
            raise DeviceLost("scanner")
        return poll()

    scanner.poll = poll_once  # type: ignore[method-assign]  # the moment between two polls


def test_a_scan_shows_that_all_is_well_and_retries_are_quick_again() -> None:
    def answer_twice(scanner: FakeScanner) -> None:
        answers = iter([[b"1"], [b"2", b"3"]])

        def poll() -> list[bytes]:
            try:
                return next(answers)
            except StopIteration:
                raise DeviceLost("scanner") from None

        scanner.poll = poll  # type: ignore[method-assign]  # scans at exact polls

    story = Story(lambda _: None, answer_twice)
    for _ in range(2):
        story.scanner.fail_next(DeviceMissing("scanner"), "open")
    story.run()
    assert story.frames == [b"1", b"2", b"3"]
    assert story.waits_s == [FIRST_RETRY_S, 2 * FIRST_RETRY_S, FIRST_RETRY_S]


def test_a_driver_with_a_bug_is_a_faulty_device_and_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    def bug(scanner: FakeScanner) -> None:
        scanner.fail_next(ZeroDivisionError(), "open")  # type: ignore[arg-type]  # a bug is no DeviceError

    story = Story(bug, _lose_after_one_poll)
    bug(story.scanner)
    story.run()
    assert [(state.ok, state.code) for state in story.states] == [
        (False, "DEV-FAULT"), (True, ""), (False, "DEV-LOST"),
    ]
    assert caplog.text.count("its driver failed") == 1


def test_a_driver_that_cannot_even_close_does_not_end_the_listening(caplog: pytest.LogCaptureFixture) -> None:
    def close() -> None:
        raise ZeroDivisionError

    story = Story(lambda scanner: scanner.fail_next())
    story.scanner.close = close  # type: ignore[method-assign]  # a bug no fake should have
    story.scanner.fail_next()
    story.run()
    assert len(story.waits_s) == 2
    assert "failed to close" in caplog.text


def test_a_flapping_scanner_is_not_opened_in_a_frenzy() -> None:
    story = Story(*[lambda scanner: scanner.fail_next()] * 6)
    story.scanner.fail_next()
    story.run()
    assert story.waits_s[-2:] == [LAST_RETRY_S, LAST_RETRY_S]


class Desk:
    """Where a running listener puts its news; waits without sleeping."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.states: list[DeviceState] = []
        self._changed = threading.Condition()

    def take_frame(self, frame: bytes) -> None:
        with self._changed:
            self.frames.append(frame)
            self._changed.notify_all()
        if frame == b"boom":
            raise RuntimeError("the screen has a bug")

    def take_state(self, state: DeviceState) -> None:
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()
        if state.code:
            raise RuntimeError("the journal has a bug")

    def wait_for(self, claim: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(claim, 10), (self.frames, self.states)


def test_a_bug_behind_the_scanner_does_not_end_the_listening(caplog: pytest.LogCaptureFixture) -> None:
    desk, scanner = Desk(), FakeScanner()
    listener = ScannerListener(scanner, desk.take_frame, desk.take_state)
    listener.start()
    assert scanner.wait_open()
    scanner.scan("boom")
    scanner.scan("good")
    desk.wait_for(lambda: desk.frames == [b"boom", b"good"])
    listener.stop()
    assert "a scan was not taken" in caplog.text
    assert not scanner.is_open


def test_unplugged_in_the_middle_of_a_code_and_plugged_the_next_scan_is_good(simulator: Simulator) -> None:
    desk = Desk()
    listener = ScannerListener(SerialScanner(str(simulator.link)), desk.take_frame, desk.take_state)
    listener.start()
    desk.wait_for(lambda: len(desk.states) == 1 and desk.states[0].ok)
    assert simulator.scan("9787020", framing="none")
    simulator.unplug()
    desk.wait_for(lambda: not desk.states[-1].ok)
    simulator.plug()
    desk.wait_for(lambda: desk.states[-1].ok)
    assert simulator.scan("9787020002207")
    desk.wait_for(lambda: desk.frames == [b"9787020002207"])
    listener.stop()
    listener.stop()


def test_two_scanners_do_not_share_their_faults(simulator: Simulator, tmp_path: Path) -> None:
    others = set(threading.enumerate())
    broken, good = Desk(), Desk()
    listeners = [
        ScannerListener(SerialScanner(str(tmp_path / "none")), broken.take_frame, broken.take_state),
        ScannerListener(SerialScanner(str(simulator.link)), good.take_frame, good.take_state),
    ]
    for listener in listeners:
        listener.start()
    broken.wait_for(lambda: bool(broken.states))
    good.wait_for(lambda: bool(good.states))
    simulator.scan("1")
    good.wait_for(lambda: good.frames == [b"1"])
    for listener in listeners:
        listener.stop()
    assert not [thread.name for thread in set(threading.enumerate()) - others if thread.name.endswith("-listener")]


def test_a_fake_stops_the_test_on_a_call_no_scanner_knows() -> None:
    scanner = FakeScanner()
    with pytest.raises(FakeMisused):
        scanner.beep()  # type: ignore[attr-defined]  # the point of the test
    with pytest.raises(FakeMisused):
        scanner.scan("two\rframes")


def test_a_fake_loses_what_is_scanned_while_closed() -> None:
    scanner = FakeScanner()
    scanner.scan("1")
    scanner.open()
    assert scanner.poll() == []
    scanner.scan("2")
    assert scanner.poll() == [b"2"]
