"""An update that is tried: kept if it is good, left if it is not, and left again when it is withdrawn."""

from __future__ import annotations

from datetime import timedelta

from sync.protocol.events import UpdateFailed, UpdateRolledBack
from sync.protocol.trials import OFFICE_S, SCREEN_S
from sync.station.errors import OfficeUnreachable

from .bench import COMMITTED, INSTALLED, NEW, NIGHT, OLD, UpdateBench


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
