"""Updates at a station: fetched, installed at night or from a stick; whatever is cut, whenever."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sync.protocol.documents import Pin
from sync.protocol.events import (
    CheckedIn,
    CommandDone,
    ConsultationAsked,
    ConsultationEnded,
    UpdateFailed,
)
from sync.station.host.client import Host
from sync.station.host.errors import HostBusy, HostError
from sync.station.host.fake import make_bundle
from sync.station.status import read_status, words_of

from .bench import COMMITTED, INSTALLED, NEW, NIGHT, UpdateBench, cut_at_every_step


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


def test_a_power_cut_at_any_step_ends_on_the_new_program_and_tells_each_thing_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def story(bench: UpdateBench) -> None:
        for _ in range(200):
            bench.lives(1)
            if COMMITTED in bench.events():
                return
        raise AssertionError(f"not committed: {bench.events()}, {bench.host.machine}")

    cuts = 0
    for cuts, bench in enumerate(cut_at_every_step(tmp_path, monkeypatch, UpdateBench.releases, story), 1):
        assert bench.events() == [INSTALLED, COMMITTED], cuts
        assert bench.runs == NEW
        assert bench.host.slots().is_good
        bench.power_cycle()
        assert bench.runs == NEW
    assert cuts >= 10


def test_an_errand_that_breaks_ends_nothing(bench: UpdateBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(bench.updating, "run", broken)
    bench.commands("restart")
    bench.goes_on(2)
    assert [event.how for event in bench.events() if isinstance(event, CommandDone)] == ["done"]
    assert len(bench.office.hellos) >= 2
