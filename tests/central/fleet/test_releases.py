"""The fleet at the office: releases in rings that pause by themselves, pins, commands, and who did it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sync.central.core.models import Blob
from sync.central.core.publishing.blobs import BlobRefused, remove_unneeded
from sync.central.core.repair.rebuilding import rebuild
from sync.central.core.stations import StationRefused
from sync.central.fleet.counting import failures_of
from sync.central.fleet.models import Act, Answer, Command, Release, Result
from sync.central.fleet.releasing import (
    ReleaseRefused,
    add_release,
    change_ring,
    pause,
    pin,
    resume,
    take_back,
)
from sync.protocol.documents.releases import Pin as PinDocument
from sync.protocol.documents.releases import Release as ReleaseDocument
from sync.protocol.events import (
    CommandDone,
    LogsSent,
    UpdateCommitted,
    UpdateFailed,
    UpdateInstalled,
    UpdateRolledBack,
)
from sync.station.host.fake import make_bundle
from tests.central.conftest import enrolled, make_station, on_both_databases
from tests.central.fake_station import FakeStation
from tests.central.reading import words_at
from tests.central.test_projector import AT
from tests.central.test_projector import tell as says

from .conftest import NEW, OLD, published, released

pytestmark = [pytest.mark.django_db, on_both_databases]


def test_a_release_is_taken_in_and_reaches_nobody_until_it_is_let_out(station: FakeStation, folder: Path) -> None:
    released(folder)
    [told] = published(station, ReleaseDocument)
    assert (told.release, told.percent, told.bundle.size) == (NEW, 0, 2000)
    change_ring(NEW, 10, ["33", "6501"], "clerk", timezone.now())
    [told] = published(station, ReleaseDocument)
    assert (told.percent, told.regions) == (10, ("33", "6501"))
    assert remove_unneeded(timezone.now() + timedelta(days=1)) == 0, "the bundle is needed"
    assert Blob.objects.get().media_type == "application/vnd.rauc"


@pytest.mark.parametrize("version", ["", "v1", "2026.12", "1" * 50, "2026.12.1\0"])
def test_a_version_that_is_none_or_known_is_refused(folder: Path, version: str) -> None:
    released(folder, "2026.12")
    path = folder / "again.raucb"
    path.write_bytes(make_bundle("x"))
    with pytest.raises(ReleaseRefused):
        add_release(path, version, "clerk", timezone.now())


def test_only_a_bundle_is_a_release(folder: Path) -> None:
    path = folder / "poster.png"
    for content in (b"\x89PNG\r\n\x1a\n", b"junk", b""):
        path.write_bytes(content)
        with pytest.raises(BlobRefused, match="不是更新包"):
            add_release(path, NEW, "clerk", timezone.now())
    assert not Blob.objects.exists()


@pytest.mark.parametrize(("percent", "regions"), [(101, []), (-1, []), (1, ["x"]), (1, ["99"]), (1, ["33"] * 65)])
def test_a_ring_that_is_none_is_refused(folder: Path, percent: int, regions: list[str]) -> None:
    released(folder)
    with pytest.raises(ReleaseRefused):
        change_ring(NEW, percent, regions, "clerk", timezone.now())
    with pytest.raises(ReleaseRefused):
        change_ring("9.9", 1, [], "clerk", timezone.now())


def test_staff_pause_go_on_and_take_back(station: FakeStation, folder: Path) -> None:
    released(folder)
    pause(NEW, "clerk", timezone.now())
    assert published(station, ReleaseDocument)[0].is_paused
    resume(NEW, "clerk", timezone.now(), 0)
    assert not published(station, ReleaseDocument)[0].is_paused
    take_back(NEW, "clerk", timezone.now())
    assert published(station, ReleaseDocument)[0].is_withdrawn
    for change in (
        lambda: resume(NEW, "clerk", timezone.now(), 0), lambda: change_ring(NEW, 1, [], "clerk", timezone.now())
    ):
        with pytest.raises(ReleaseRefused):
            change()
    assert list(Act.objects.order_by("id").values_list("who", "what")) == [
        ("clerk", "收进更新包"), ("clerk", "暂停"), ("clerk", "继续"), ("clerk", "撤回"),
    ]


def fails(station: FakeStation, code: str = "UPDATE-SCREEN", version: str = NEW) -> None:
    says(
        station, UpdateInstalled(version=version, from_version=OLD),
        UpdateRolledBack(version=version, to_version=OLD, code=code),
    )


def test_a_release_that_fails_at_two_stations_is_paused_by_itself(folder: Path, manager: Client) -> None:
    stations = [enrolled(f"330502-{number:02d}") for number in range(1, 5)]
    released(folder)
    change_ring(NEW, 100, [], "clerk", timezone.now())
    fails(stations[0])
    assert not Release.objects.get().is_paused, "one station may have a fault of its own"
    says(stations[1], UpdateFailed(version=NEW, code="STORE-FULL"))
    fails(stations[2], "UPDATE-WITHDRAWN")
    assert not Release.objects.get().is_paused, "that is no fault of the program"
    fails(stations[3])
    release = Release.objects.get()
    assert release.is_paused
    assert release.paused_because == "4 个驿站试过，2 个失败"
    assert published(stations[0], ReleaseDocument)[-1].is_paused
    assert "2026.12.1 4 个驿站试过，2 个失败" in words_at(manager, "/waiting/")
    assert Act.objects.latest("id").who == ""
    press(manager, "resume")
    assert not Release.objects.get().is_paused
    says(stations[1], UpdateInstalled(version=NEW, from_version=OLD), UpdateCommitted(version=NEW, from_version=OLD))
    assert not Release.objects.get().is_paused, "staff saw these failures"


def test_few_failures_among_many_do_not_pause_it(folder: Path) -> None:
    released(folder)
    for number in range(1, 42):
        make_station(f"330502-{number:02d}")
        Result.objects.create(
            station_id=f"330502-{number:02d}", version=NEW, kind="committed", at="x", at_utc=timezone.now()
        )
    for number in (50, 51):
        fails(enrolled(f"330502-{number}"))
    assert len(failures_of(NEW)) == 2
    assert not Release.objects.get().is_paused
    fails(enrolled("330502-52"))
    assert Release.objects.get().is_paused


def test_a_station_that_succeeds_at_last_is_no_failure(station: FakeStation, folder: Path) -> None:
    released(folder)
    fails(station, "UPDATE-OFFICE")
    assert len(failures_of(NEW)) == 1
    installed = UpdateInstalled(version=NEW, from_version=OLD)
    says(station, installed, UpdateCommitted(version=NEW, from_version=OLD), at=AT + timedelta(days=1))
    assert failures_of(NEW) == []


def test_results_are_the_same_after_a_rebuild(station: FakeStation, folder: Path) -> None:
    released(folder)
    fails(station)
    says(station, CommandDone(command="c1", do="restart", how="done"), LogsSent(command="c2", text="log"))
    before = rows()
    assert len(before) == 4
    rebuild(lambda _: None)
    assert rows() == before


def rows() -> list[tuple[Any, ...]]:
    results = Result.objects.order_by("id").values_list("station", "version", "kind", "code", "at_utc")
    answers = Answer.objects.order_by("command").values_list("station", "command", "how", "log")
    return [*results, *answers]


def test_a_pin_is_for_one_station(station: FakeStation, folder: Path) -> None:
    other = enrolled("330502-02")
    released(folder)
    pin("330502-01", NEW, "clerk", timezone.now())
    assert published(station, PinDocument) == [PinDocument(station="330502-01", version=NEW)]
    assert published(other, PinDocument) == []
    pin("330502-01", "", "clerk", timezone.now())
    assert published(station, PinDocument) == [None]
    with pytest.raises(ReleaseRefused):
        pin("330502-01", "9.9.9", "clerk", timezone.now())
    with pytest.raises(StationRefused):
        pin("nowhere", "", "clerk", timezone.now())


def test_who_is_not_allowed_sees_and_does_nothing(station: FakeStation, clerk: Client, folder: Path) -> None:
    released(folder)
    assert clerk.get("/fleet/").status_code == 403
    assert clerk.get("/fleet/station/330502-01/").status_code == 403
    assert clerk.post("/fleet/station/330502-01/tell", {"do": "restart"}).status_code == 403
    assert clerk.post("/fleet/station/330502-01/pin", {"version": NEW}).status_code == 403
    assert press(clerk, "take-back").status_code == 403
    assert not Command.objects.exists()
    assert "更新" not in re.findall(r"<nav.*?</nav>", clerk.get("/").content.decode(), re.DOTALL)[0]


def press(client: Client, kind: str, **form: str) -> Any:
    return client.post(f"/fleet/release/{NEW}/{kind}", form)


def test_the_page_lets_out_pauses_and_says_what_is_wrong(station: FakeStation, manager: Client, folder: Path) -> None:
    assert "还没有版本" in words_at(manager, "/fleet/")
    released(folder)
    assert press(manager, "ring", percent="10", regions="33，65").status_code == 302
    assert Release.objects.get().regions == ["33", "65"]
    words = words_at(manager, "/fleet/")
    assert "2026.12.1" in words
    assert "放到 10%" in words
    for form in ({"percent": "x"}, {"percent": "1000"}, {"percent": "1", "regions": "999999"}):
        refused = press(manager, "ring", **form)
        assert refused.status_code == 409
        assert 'role="alert"' in refused.content.decode()
    assert press(manager, "dance").status_code == 404
    assert press(manager, "take-back").status_code == 302
    assert "已撤回" in words_at(manager, "/fleet/")


def test_versions_and_failures_stand_on_the_page(manager: Client, folder: Path) -> None:
    station = enrolled()
    released(folder)
    change_ring(NEW, 100, [], "clerk", timezone.now())
    fails(station)
    words = words_at(manager, "/fleet/")
    assert "退回了：屏幕没画出来。请把日志交给技术员 UPDATE-SCREEN" in words
    assert "0.1.0 1" in words
