"""What the office tells a station to do: once, and only if it is signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from sync.protocol.commands import ROWS, make_command
from sync.protocol.events import CommandDone, ConsultationAsked, ConsultationEnded, LogsSent, UpdateRolledBack
from sync.station.facts import Identity, Service
from sync.station.host.errors import HostError

from .bench import NEW, OLD, UpdateBench, cut_at_every_step


def done(bench: UpdateBench) -> list[tuple[str, str, str, str]]:
    return [
        (event.command, event.do, event.how, event.code) for event in bench.events() if isinstance(event, CommandDone)
    ]


def test_the_kiosk_is_started_anew_once(bench: UpdateBench) -> None:
    bench.commands("restart")
    bench.goes_on()
    assert done(bench) == [("c1", "restart", "done", "")]
    bench.power_cycle()
    bench.goes_on()
    assert bench.host.machine.done.count("restart kiosk") == 1
    assert len(done(bench)) == 1


def test_a_reboot_is_done_when_the_machine_is_back(bench: UpdateBench) -> None:
    bench.commands("reboot")
    bench.commands("restart", "c2")
    bench.until_reboot()
    assert done(bench) == [], "nothing else is begun meanwhile"
    bench.goes_on()
    assert done(bench) == [("c1", "reboot", "done", ""), ("c2", "restart", "done", "")]
    assert bench.reboots() == 1


def test_a_machine_that_does_not_start_anew_says_so(bench: UpdateBench) -> None:
    bench.commands("reboot")
    bench.goes_on(15)
    assert done(bench) == [("c1", "reboot", "failed", "CMD-REBOOT")]
    assert bench.reboots() == 1


def test_nothing_interrupts_a_call(bench: UpdateBench) -> None:
    store = bench.with_store()
    store.journal.append(ConsultationAsked(call="k"), at=bench.clock.now())
    for number, do in enumerate(("restart", "reboot", "roll_back", "out_of_service")):
        bench.commands(do, f"c{number}")
    bench.goes_on(5)
    assert done(bench) == []
    store.journal.append(ConsultationEnded(call="k", how="talked", waited_s=9, talked_s=240), at=bench.clock.now())
    store.close()
    bench.goes_on(1)
    assert "restart" in [do for _, do, _, _ in done(bench)]


def test_out_of_service_and_back(bench: UpdateBench) -> None:
    store = bench.with_store()
    bench.commands("out_of_service")
    bench.goes_on(1)
    found = store.facts.find(Service)
    assert found
    assert not found.is_open
    bench.commands("in_service", "c2")
    bench.goes_on(1)
    found = store.facts.find(Service)
    assert found
    assert found.is_open
    store.close()


def test_a_self_test_waits_for_what_the_kiosk_tries_and_tells_each_part(bench: UpdateBench) -> None:
    bench.draws(call="passed", checked_at_boot_s=1.0)
    bench.clock.move(60)
    bench.commands("self_test")
    bench.commands("self_test", "c2")
    bench.commands("out_of_service", "c3")
    bench.goes_on(2)
    assert done(bench) == [("c3", "out_of_service", "done", "")], "nothing else waits for it"
    bench.draws(call="passed", checked_at_boot_s=bench.clock.boot_time().seconds)
    bench.clock.move(5)
    bench.goes_on(1)
    assert ("c1", "self_test", "done", "") in done(bench)
    bench.clock.move(5)
    bench.draws(
        answering=0, call="failed", failing={"camera": "CONSULT-CAMERA"},
        checked_at_boot_s=bench.clock.boot_time().seconds,
    )
    bench.goes_on(2)
    first, second = self_tests(bench)
    assert "屏幕：正常；扫码器：1/1 个正常；通话：正常；" in first.detail
    assert (second.command, second.how, second.code) == ("c2", "failed", "CMD-SELF-TEST")
    assert "扫码器：0/1 个正常；通话：camera CONSULT-CAMERA；" in second.detail


def test_a_self_test_where_workers_come_and_go_tells_what_is_known(bench: UpdateBench) -> None:
    bench.draws(call="passed", checked_at_boot_s=1.0)
    bench.clock.move(60)
    bench.commands("self_test")
    bench.goes_on(1)
    bench.clock.move(1000)
    bench.goes_on(1)
    [told] = self_tests(bench)
    assert "通话：正常（没能重测，是以前测的）" in told.detail


def test_a_self_test_that_a_power_cut_ends_is_made_after_it(bench: UpdateBench) -> None:
    bench.clock.move(60)
    bench.commands("self_test")
    bench.goes_on(1)
    bench.power_cycle()
    bench.clock.move(60)
    bench.draws()
    bench.goes_on(1)
    assert self_tests(bench) == []
    bench.draws(call="passed", checked_at_boot_s=bench.clock.boot_time().seconds)
    bench.goes_on(1)
    [told] = self_tests(bench)
    assert "通话：正常；" in told.detail


def self_tests(bench: UpdateBench) -> list[CommandDone]:
    return [event for event in bench.events() if isinstance(event, CommandDone) and event.do == "self_test"]


def test_logs_are_sent_as_an_event_that_fits(bench: UpdateBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.host, "logs", lambda: 'x"\\\x00' * 60_000 + "日志\nlast line")
    bench.commands("send_logs")
    bench.goes_on(1)
    [sent] = [event for event in bench.events() if isinstance(event, LogsSent)]
    assert sent.text.endswith("日志\nlast line")
    assert "\0" not in sent.text
    assert len(sent.text) > 10_000
    assert done(bench) == [("c1", "send_logs", "done", "")]
    bench.goes_on(2)
    assert not [line for line in bench.office.journals["e1"] if b"\\u0000" in line]


def test_rolling_back_goes_to_the_other_slot(bench: UpdateBench) -> None:
    bench.commands("roll_back")
    bench.goes_on(1)
    assert done(bench) == [("c1", "roll_back", "failed", "HOST-FAILED")], "it is empty"
    bench.releases()
    bench.until_reboot()
    bench.draws()
    bench.goes_on()
    bench.clock.move(9 * 3600)
    bench.commands("roll_back", "c2")
    bench.until_reboot()
    bench.draws()
    bench.goes_on()
    assert bench.runs == OLD
    assert done(bench)[-1] == ("c2", "roll_back", "done", "")
    assert bench.events()[-1] == UpdateRolledBack(version=NEW, to_version=OLD, code="UPDATE-COMMANDED")


def test_what_is_not_signed_for_this_station_is_refused(bench: UpdateBench) -> None:
    command = bench.commands("restart")
    bench.office.publishes(replace(command, command="330502-01/c2"))
    other = Ed25519PrivateKey.generate()
    moments = {"issued_at": command.issued_at, "expires_at": command.expires_at}
    bench.office.publishes(make_command(other, "330502-01", "c3", "restart", **moments))
    bench.commands("format_disk", "c4")
    bench.goes_on()
    assert sorted(done(bench)) == [
        ("c1", "restart", "done", ""),
        ("c2", "restart", "refused", "CMD-SIGNATURE"),
        ("c3", "restart", "refused", "CMD-SIGNATURE"),
        ("c4", "format_disk", "refused", "CMD-UNKNOWN"),
    ]
    assert bench.host.machine.done == ["restart kiosk"]


def test_a_station_that_knows_no_key_refuses_everything(bench: UpdateBench) -> None:
    store = bench.with_store()
    store.facts.put(replace(store.facts.identity(), command_key=""))
    assert store.facts.find(Identity)
    store.close()
    bench.commands("restart")
    bench.goes_on()
    assert done(bench) == [("c1", "restart", "refused", "CMD-KEY")]


def test_what_comes_too_late_is_not_done(bench: UpdateBench) -> None:
    bench.commands("restart", hours=1)
    bench.clock.move(3_700)
    bench.goes_on()
    assert done(bench) == [("c1", "restart", "expired", "")]
    assert bench.host.machine.done == []


def test_a_fault_of_the_machine_is_told(bench: UpdateBench) -> None:
    bench.host.fail_next("restart", HostError("no such unit"))
    bench.commands("restart")
    bench.goes_on()
    assert done(bench) == [("c1", "restart", "failed", "HOST-FAILED")]


@pytest.mark.parametrize("do", ROWS)
def test_a_power_cut_at_any_step_does_nothing_twice(
    do: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin(bench: UpdateBench) -> None:
        machine = bench.host.machine
        machine.slots["B"].version, machine.slots["B"].is_ok = "2026.10.1", True
        bench.host._keep(machine)
        bench.commands(do)

    cuts = 0
    for cuts, bench in enumerate(cut_at_every_step(tmp_path, monkeypatch, begin, lambda bench: bench.lives(6)), 1):
        assert len(done(bench)) == 1, cuts
        assert done(bench)[0][2] in {"done", "cut_off"}
        assert bench.host.machine.done.count("restart kiosk") <= 1
        if do == "reboot":
            assert bench.reboots() <= 1
    assert cuts >= 2
