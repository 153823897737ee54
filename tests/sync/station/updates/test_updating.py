"""Updates at a station: fetched, installed at night, tried, kept or left; whatever is cut, whenever."""

from __future__ import annotations

import errno
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from sync.protocol.documents import Pin
from sync.protocol.events import (
    CheckedIn,
    CommandDone,
    ConsultationAsked,
    ConsultationEnded,
    UpdateCommitted,
    UpdateFailed,
    UpdateInstalled,
    UpdateRolledBack,
)
from sync.protocol.trials import OFFICE_S, SCREEN_S
from sync.station.errors import OfficeUnreachable
from sync.station.host.client import Host
from sync.station.host.errors import HostBusy, HostError
from sync.station.host.fake import make_bundle
from sync.station.status import read_status, words_of

from .bench import NEW, NIGHT, OLD, PowerCut, UpdateBench

INSTALLED = UpdateInstalled(version=NEW, from_version=OLD)
COMMITTED = UpdateCommitted(version=NEW, from_version=OLD)


def test_a_release_is_fetched_installed_tried_and_kept(bench: UpdateBench) -> None:
    bench.releases()
    bench.until_reboot()
    assert bench.runs == NEW
    assert bench.events() == [INSTALLED]
    assert f"更新　　　已装好 {NEW}，重启后试用，好用才留下" in status_of(bench)
    bench.goes_on()
    assert bench.events() == [INSTALLED], "not before its screen was drawn"
    bench.draws()
    bench.goes_on()
    assert bench.events() == [INSTALLED, COMMITTED]
    assert "更新" not in status_of(bench)
    assert bench.host.slots().is_good
    assert list(bench.updates.iterdir()) == [], "nothing lies about"
    bench.goes_on(5)
    assert bench.reboots() == 1
    bench.power_cycle()
    assert bench.runs == NEW


def status_of(bench: UpdateBench) -> str:
    """What a technician reads."""
    return "\n".join(words_of(read_status(bench.data, bench.clock.now()), bench.clock.now()))


def test_by_day_it_is_fetched_and_waits_for_the_night(bench: UpdateBench) -> None:
    bench.clock.set(NIGHT + timedelta(hours=8))
    release = bench.releases()
    bench.goes_on(10)
    assert [path.name for path in bench.updates.iterdir()] == [f"{NEW}-{release.bundle.sha256[:12]}.raucb"]
    assert bench.host.machine.done == []
    bench.clock.set(NIGHT + timedelta(days=1))
    bench.until_reboot()
    assert bench.runs == NEW


def test_it_waits_until_nobody_is_there(bench: UpdateBench) -> None:
    bench.releases()
    store = bench.with_store()
    for _ in range(4):
        store.journal.append(CheckedIn(checkin="c", trade="t"), at=bench.clock.now())
        bench.goes_on(4)
    assert bench.host.machine.done == []
    store.journal.append(ConsultationAsked(call="k"), at=bench.clock.now())
    bench.goes_on(40)
    assert bench.host.machine.done == [], "somebody talks to a doctor for longer than that"
    store.journal.append(ConsultationEnded(call="k", how="talked", waited_s=9, talked_s=2400), at=bench.clock.now())
    store.close()
    bench.until_reboot()


def test_a_download_goes_on_where_it_was_cut(bench: UpdateBench) -> None:
    release = bench.releases()
    bench.office.cuts = [700, 1400]
    bench.until_reboot(120)
    assert [start for _, start in bench.office.asked] == [0, 704, 2112]
    assert release.bundle.size == 3000
    assert bench.runs == NEW


def test_a_download_goes_on_after_the_power_was_cut(bench: UpdateBench) -> None:
    bench.releases()
    bench.office.cuts = [700]
    bench.goes_on(1)
    bench.power_cycle()
    bench.draws()
    bench.until_reboot(120)
    assert [start for _, start in bench.office.asked] == [0, 704]


def test_a_file_that_is_another_is_not_installed_and_told_once(bench: UpdateBench) -> None:
    release = bench.releases()
    bench.office.files = dict.fromkeys(bench.office.files, b"x" * release.bundle.size)
    bench.goes_on(120)
    assert bench.events() == [UpdateFailed(version=NEW, code="SYNC-FILE")]
    assert bench.host.machine.done == []
    assert len(bench.office.asked) < 10, "it asks later and later"
    bench.releases()    # the office has put it right
    bench.clock.move(22.5 * 3600)
    bench.until_reboot()
    assert bench.runs == NEW


def test_what_is_not_signed_is_refused_and_told_once(bench: UpdateBench) -> None:
    bench.releases(content=b"forged" * 100)
    bench.goes_on(20)
    assert bench.events() == [UpdateFailed(version=NEW, code="HOST-SIGNATURE")]
    assert list(bench.updates.iterdir()) == []
    bench.clock.set(NIGHT + timedelta(days=1))
    bench.goes_on(20)
    assert len(bench.events()) == 1, "another night neither"
    bench.releases("2026.12.2")
    bench.until_reboot()
    assert bench.runs == "2026.12.2"


def test_an_older_program_needs_the_signature_to_say_so(bench: UpdateBench) -> None:
    older = "2026.10.1"
    bench.office.publishes(Pin(station="330502-01", version=older))
    bench.releases(older, is_downgrade_allowed=True)
    bench.goes_on(20)
    assert bench.events() == [UpdateFailed(version=older, code="HOST-OLDER")], "the office alone cannot"
    signed_for = "2026.10.2"
    bench.office.publishes(Pin(station="330502-01", version=signed_for))
    bench.releases(
        signed_for, is_downgrade_allowed=True, content=make_bundle(signed_for, is_downgrade_allowed=True)
    )
    bench.until_reboot()
    assert bench.runs == signed_for


def test_an_installation_that_fails_is_tried_again_and_not_for_ever(bench: UpdateBench) -> None:
    bench.releases()
    bench.host.fail_next("install", HostBusy())
    bench.until_reboot()
    assert bench.events() == [INSTALLED], "busy is no fault"


def test_an_installation_that_fails_each_time_is_given_up(
    bench: UpdateBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.releases()
    tries: list[str] = []

    def install(bundle: str) -> None:
        tries.append(bundle)
        raise HostError("no space")

    monkeypatch.setattr(bench.host, "install", install)
    bench.goes_on(60)
    assert len(tries) == 3
    assert bench.events() == [UpdateFailed(version=NEW, code="HOST-FAILED")]


def test_a_program_whose_screen_is_not_drawn_is_left(bench: UpdateBench) -> None:
    bench.releases()
    bench.until_reboot()
    assert bench.runs == NEW
    started_s = bench.clock.boot_time().seconds
    bench.until_reboot()
    assert bench.clock.elapsed_s() - started_s >= SCREEN_S
    assert bench.runs == OLD
    bench.goes_on()
    assert bench.events() == [INSTALLED, UpdateRolledBack(version=NEW, to_version=OLD, code="UPDATE-SCREEN")]
    assert bench.host.slots().is_good
    bench.draws()
    bench.clock.set(NIGHT + timedelta(days=1))
    bench.goes_on(30)
    assert bench.reboots() == 2, "it is not tried again"


def test_a_scanner_that_no_longer_answers_is_a_reason(bench: UpdateBench) -> None:
    bench.releases()
    bench.until_reboot()
    bench.draws(answering=0)
    bench.until_reboot()
    bench.goes_on()
    assert bench.events()[-1] == UpdateRolledBack(version=NEW, to_version=OLD, code="UPDATE-SCANNER")


def test_a_call_that_fails_is_a_reason(bench: UpdateBench) -> None:
    bench.draws(call="passed")
    bench.releases()
    bench.until_reboot()
    bench.draws(call="failed")
    bench.until_reboot()
    bench.goes_on()
    assert bench.events()[-1] == UpdateRolledBack(version=NEW, to_version=OLD, code="UPDATE-CALL")


def test_a_program_that_cannot_reach_the_office_is_left_and_tried_another_time(bench: UpdateBench) -> None:
    bench.releases()
    bench.until_reboot()
    bench.draws()
    bench.office.fail_next(*[OfficeUnreachable("x")] * 100)
    bench.until_reboot()
    assert bench.clock.elapsed_s() >= OFFICE_S
    left = UpdateRolledBack(version=NEW, to_version=OLD, code="UPDATE-OFFICE")
    bench.office._faults.clear()
    bench.draws()
    bench.until_reboot()
    assert bench.events() == [INSTALLED, left, INSTALLED]
    bench.draws()
    bench.goes_on()
    assert bench.events() == [INSTALLED, left, INSTALLED, COMMITTED]


def test_an_office_that_was_gone_before_is_no_reason(bench: UpdateBench) -> None:
    bench.releases()
    bench.clock.set(NIGHT + timedelta(hours=8))
    bench.goes_on(3)
    bench.clock.move(16 * 3600)
    bench.office.fail_next(*[OfficeUnreachable("x")] * 1000)
    bench.until_reboot()
    bench.draws()
    bench.goes_on()
    assert bench.events() == [INSTALLED, COMMITTED]


def test_a_program_that_never_starts_is_left_by_the_boot_loader(bench: UpdateBench) -> None:
    bench.releases()
    bench.until_reboot()
    for _ in range(3):
        assert bench.runs == NEW
        bench.power_cycle()     # it hung, and the watchdog started the machine anew
    assert bench.runs == OLD
    bench.goes_on()
    assert bench.events() == [INSTALLED, UpdateRolledBack(version=NEW, to_version=OLD, code="UPDATE-BOOT")]
    bench.power_cycle()
    assert bench.runs == OLD, "and stays left"


def test_power_cuts_in_the_trial_do_not_lose_a_good_program(bench: UpdateBench) -> None:
    bench.releases()
    bench.until_reboot()
    bench.power_cycle()
    bench.power_cycle()
    bench.draws()
    bench.goes_on()
    assert bench.events() == [INSTALLED, COMMITTED]


def test_a_withdrawn_release_is_left_at_night(bench: UpdateBench) -> None:
    release = bench.releases()
    bench.until_reboot()
    bench.draws()
    bench.goes_on()
    bench.releases(is_withdrawn=True, bundle=release.bundle)
    bench.clock.set(NIGHT + timedelta(hours=9))
    bench.goes_on(5)
    assert bench.reboots() == 1
    bench.clock.set(NIGHT + timedelta(days=1))
    bench.until_reboot()
    bench.draws()
    bench.goes_on()
    assert bench.runs == OLD
    assert bench.events()[-1] == UpdateRolledBack(version=NEW, to_version=OLD, code="UPDATE-WITHDRAWN")
    assert bench.host.slots().is_good


def test_what_is_left_but_runs_again_stays(bench: UpdateBench) -> None:
    release = bench.releases()
    bench.until_reboot()
    bench.draws()
    bench.goes_on()
    machine = bench.host.machine
    machine.slots["A"].is_good, machine.slots["A"].tries = False, 3     # the old program is broken by now
    bench.host._keep(machine)
    bench.releases(is_withdrawn=True, bundle=release.bundle)
    bench.clock.set(NIGHT + timedelta(days=1))
    before = bench.reboots()
    while bench.reboots() == before:
        bench.goes_on(1)
    machine = bench.host.machine
    machine.slots["A"].is_ok = False
    bench.host._keep(machine)
    bench.power_cycle()
    bench.draws()
    bench.goes_on(5)
    assert bench.runs == NEW
    assert bench.events()[-1] == UpdateFailed(version=NEW, code="UPDATE-STUCK")
    assert bench.host.slots().is_good


def test_a_stick_is_installed_at_once_with_the_same_signature(bench: UpdateBench) -> None:
    bench.clock.set(NIGHT + timedelta(hours=9))
    plug(bench, make_bundle("2026.12.5"))
    bench.until_reboot()
    assert bench.runs == "2026.12.5"
    bench.draws()
    bench.goes_on()
    assert bench.events()[-1] == UpdateCommitted(version="2026.12.5", from_version=OLD)
    bench.goes_on(5)
    assert bench.reboots() == 1, "it is still plugged in"


def test_a_stick_whose_program_fails_is_not_tried_again(bench: UpdateBench) -> None:
    plug(bench, make_bundle("2026.12.5"))
    bench.until_reboot()
    bench.until_reboot()
    bench.draws()
    bench.goes_on(10)
    assert bench.runs == OLD
    assert bench.reboots() == 2


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


def test_without_a_door_to_the_machine_nothing_happens(bench: UpdateBench) -> None:
    bench.releases()
    bench.agent.close()
    bench.host = Host(bench.folder / "nowhere.sock")    # pyright: ignore
    bench.start()
    bench.commands("self_test")
    bench.commands("reboot", "c2")
    bench.goes_on(5)
    assert [(event.do, event.how, event.code) for event in bench.events() if isinstance(event, CommandDone)] == [
        ("self_test", "done", ""), ("reboot", "failed", "HOST-AWAY"),
    ]


def story(bench: UpdateBench) -> None:
    """One good update, however often it is cut."""
    for _ in range(200):
        before = bench.reboots()
        bench.goes_on(1)
        if bench.reboots() > before:
            bench.power_cycle()
            bench.draws()
        if COMMITTED in bench.events():
            return
    raise AssertionError(f"not committed: {bench.events()}, {bench.host.machine}")


def test_a_power_cut_at_any_step_ends_on_the_new_program_and_tells_each_thing_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_at, cuts = 0, 0
    while True:
        with monkeypatch.context() as patch:
            bench = UpdateBench(tmp_path / str(cut_at), patch)
            bench.releases()
            bench.line.count, bench.line.cut_at = 0, cut_at
            try:
                story(bench)
            except PowerCut:
                cuts += 1
                bench.power_cycle()
                bench.draws()
                story(bench)
            else:
                bench.agent.close()
                break
            assert bench.events() == [INSTALLED, COMMITTED], cut_at
            assert bench.runs == NEW
            assert bench.host.slots().is_good
            bench.power_cycle()
            assert bench.runs == NEW
            bench.agent.close()
        cut_at += 1
    assert cuts >= 10


def test_an_errand_that_breaks_ends_nothing(bench: UpdateBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(bench.updating, "run", broken)
    bench.commands("restart")
    bench.goes_on(2)
    assert [event.how for event in bench.events() if isinstance(event, CommandDone)] == ["done"]
    assert len(bench.office.hellos) >= 2
