"""Faults at the office: reports counted, staff's work on them, and both after a rebuild."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from sync.central.core.models import Quarantine
from sync.central.core.projecting.projector import project_all
from sync.central.core.repair.quarantine import replay
from sync.central.core.repair.rebuilding import rebuild
from sync.central.faults.lines import age_of
from sync.central.faults.models import Action, Fault, Report
from sync.protocol import documents as docs
from sync.protocol.documents import decode_document
from sync.protocol.events import FaultReported, FaultUndone, encode_entry

from .conftest import enrolled, on_both_databases
from .fake_station import FakeStation
from .reading import words_at, words_in
from .test_projector import AT, tell

pytestmark = [pytest.mark.django_db, on_both_databases]


def reported(report: str, amenity: str = "微波炉", what: str = "broken") -> FaultReported:
    return FaultReported(report=report, amenity=amenity, what=what)  # type: ignore[arg-type]


def faults() -> list[tuple[str, str, str, int, str]]:
    rows = Fault.objects.order_by("since", "first")
    return [(row.station_id, row.amenity, row.what, row.reports, row.state) for row in rows]


def told(station: FakeStation) -> dict[str, docs.Fault | None]:
    """What this station is told of faults that it has not been told before."""
    found = [document for document in station.pull() if document.type == "fault"]
    return {one.key: decode_document(docs.Fault, bytes(one.body)) if one.body else None for one in found}


def press(client: Client, kind: str, fault: Fault | None = None, **form: str) -> Any:
    """Press a button of a fault, of the newest there is if none is named."""
    pressed = fault or Fault.objects.latest("id")
    return client.post(f"/faults/{pressed.id}/{kind}", {"seen": pressed.state, **form})


@pytest.fixture
def colleague(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("li", password="another battery staple"))
    return client


def test_a_report_opens_a_fault_and_its_station_is_told(station: FakeStation) -> None:
    tell(station, reported("a"))
    assert faults() == [(station.id, "微波炉", "broken", 1, "open")]
    fault = told(station)[f"{station.id}/微波炉"]
    assert fault
    assert (fault.amenity, fault.what, fault.state, fault.since, fault.last) == ("微波炉", "broken", "open", AT, "a")


def test_other_stations_are_not_told(station: FakeStation) -> None:
    other = enrolled("330502-02", "凤凰")
    tell(station, reported("a"))
    assert told(other) == {}


def test_a_report_on_an_open_fault_counts_into_it(station: FakeStation) -> None:
    tell(station, reported("a"), reported("b", what="dirty"), reported("c", amenity="雨具"))
    assert faults() == [(station.id, "微波炉", "dirty", 2, "open"), (station.id, "雨具", "broken", 1, "open")]


def test_a_report_taken_back_vanishes_unless_others_reported_too(station: FakeStation) -> None:
    tell(station, reported("a"), reported("b"), FaultUndone(report="a"))
    assert faults() == [(station.id, "微波炉", "broken", 1, "open")]
    tell(station, FaultUndone(report="b"), FaultUndone(report="b"), FaultUndone(report="never"))
    assert faults() == []
    fault = told(station)[f"{station.id}/微波炉"]
    assert fault
    assert (fault.state, fault.last) == ("closed", "b")


def test_what_is_told_again_in_a_later_epoch_counts_once(station: FakeStation) -> None:
    tell(station, reported("a"), reported("b"))
    station.epoch, station.acked, station.next_seq = "epoch-2", 0, 1
    tell(station, reported("b"))
    assert faults() == [(station.id, "微波炉", "broken", 2, "open")]


def test_an_undo_may_be_told_before_its_report(station: FakeStation) -> None:
    tell(station, FaultUndone(report="a"))
    tell(station, reported("a"))
    assert faults() == []


def test_a_name_that_nobody_would_give_is_cut(station: FakeStation) -> None:
    tell(station, reported("a\0" + "x" * 100, amenity="\0" + "长" * 100), reported("b", amenity=""))
    assert [amenity for _, amenity, *_ in faults()] == ["长" * 31, "其他"]
    assert len(told(station)) == 2


def test_staff_take_note_close_and_reopen_with_who_and_when(clerk: Client, station: FakeStation) -> None:
    tell(station, reported("a"))
    assert "衣裳街 新享驿站 · 330502-01 微波炉 坏了 1 人报修 没人接手" in words_at(clerk, "/faults/")
    assert press(clerk, "take").status_code == 302
    assert press(clerk, "note", note="换了插座").status_code == 302
    words = words_at(clerk, "/faults/")
    assert re.search(r"已接手 clerk · \d+ 月 \d+ 日 \d\d:\d\d", words)
    assert re.search(r"clerk 接手 .* clerk 备注：换了插座", words)
    assert press(clerk, "close").status_code == 302
    assert "没有要修的，都好着" in words_at(clerk, "/faults/")
    assert "clerk 修好了" in words_at(clerk, "/faults/?show=all")
    assert press(clerk, "reopen", show="all").headers["Location"] == "/faults/?show=all"
    assert "重新打开 clerk" in words_at(clerk, "/faults/")
    assert [action.kind for action in Action.objects.order_by("id")] == ["take", "note", "close", "reopen"]


def test_each_step_goes_down_to_the_station(clerk: Client, station: FakeStation) -> None:
    tell(station, reported("a"))
    key, states = f"{station.id}/微波炉", list[str]()
    for kind in ("take", "close", "reopen"):
        press(clerk, kind)
        fault = told(station)[key]
        assert fault
        states.append(fault.state)
    assert states == ["taken", "closed", "open"]


def test_a_report_after_the_closing_is_another_fault(clerk: Client, station: FakeStation) -> None:
    tell(station, reported("a"))
    first = Fault.objects.get()
    press(clerk, "close")
    tell(station, reported("b"), at=AT + timedelta(hours=2))
    assert [state for *_, state in faults()] == ["closed", "open"]
    first.refresh_from_db()
    refused = press(clerk, "reopen", first)
    assert refused.status_code == 409
    assert "后来又有人报修" in refused.content.decode()
    assert "重新打开" not in words_at(clerk, "/faults/?show=all")


def test_of_two_at_once_one_wins_and_the_other_is_told(clerk: Client, colleague: Client, station: FakeStation) -> None:
    tell(station, reported("a"))
    seen = Fault.objects.get()
    assert press(clerk, "take", seen).status_code == 302
    for kind in ("take", "close"):
        late = press(colleague, kind, seen)
        assert late.status_code == 409
        assert re.search(r"clerk 在 \d\d:\d\d 已经接手了这条报修", words_in(late.content))
    assert [action.who for action in Action.objects.all()] == ["clerk"]


def test_what_was_taken_back_meanwhile_says_so(clerk: Client, station: FakeStation) -> None:
    tell(station, reported("a"))
    seen = Fault.objects.get()
    tell(station, FaultUndone(report="a"))
    refused = press(clerk, "take", seen)
    assert refused.status_code == 409
    assert "已经撤销" in refused.content.decode()
    assert not Action.objects.exists()


def test_an_action_on_a_report_taken_back_later_touches_no_other_fault(clerk: Client, station: FakeStation) -> None:
    tell(station, reported("a"))
    press(clerk, "close")
    tell(station, reported("b"), at=AT + timedelta(hours=2))
    press(clerk, "take")
    tell(station, FaultUndone(report="b"), at=AT + timedelta(hours=2, seconds=9))
    assert faults() == [(station.id, "微波炉", "broken", 1, "closed")]


def test_nothing_is_done_without_words_a_login_a_form_or_a_known_step(
    clerk: Client, client: Client, station: FakeStation
) -> None:
    tell(station, reported("a"))
    fault = Fault.objects.get()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="clerk"))
    assert client.post(f"/faults/{fault.id}/take").headers["Location"].startswith("/login/")
    assert client.get("/faults/").status_code == 302
    assert strict.post(f"/faults/{fault.id}/take").status_code == 403
    assert clerk.get(f"/faults/{fault.id}/take").headers["Location"] == "/faults/"
    assert press(clerk, "burn").status_code == 404
    assert press(clerk, "note", note="  ").status_code == 409
    assert not Action.objects.exists()


def test_the_page_lists_by_age_and_by_station(clerk: Client, station: FakeStation) -> None:
    other = enrolled("330502-02", "凤凰")
    tell(station, reported("a", amenity="雨具"), at=AT)
    tell(other, reported("b", amenity="空调"), at=AT - timedelta(days=3))
    assert re.search("空调.*雨具", words_at(clerk, "/faults/"))
    assert "空调" not in words_at(clerk, f"/faults/?station={station.id}").replace("<option", "")
    assert "没有要修的" in words_at(clerk, "/faults/?station=nowhere")


def test_the_overview_says_how_many_and_the_oldest(clerk: Client, station: FakeStation) -> None:
    assert "没有要修的，都好着" in words_at(clerk, "/")
    tell(station, reported("a"), reported("b", amenity="雨具"))
    press(clerk, "take")
    for path in ("/", "/overview/live"):
        assert "没修好的共 2 件，其中 1 件没人接手" in words_at(clerk, path)
    assert 'id="faults" hx-swap-oob="true"' in clerk.get("/overview/live").content.decode()


def test_words_of_workers_and_staff_are_only_words(clerk: Client, station: FakeStation) -> None:
    tell(station, reported("<b>", amenity="<script>alert(1)</script>"))
    press(clerk, "note", note="<img src=x>")
    page = clerk.get("/faults/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def a_past(station: FakeStation, clerk: Client) -> None:
    """Reports, some taken back, and staff's work between them."""
    tell(station, reported("a"), reported("b"), FaultUndone(report="b"))
    press(clerk, "take")
    press(clerk, "note", note="等零件")
    tell(station, reported("c", what="dirty"), at=AT + timedelta(hours=2))
    press(clerk, "close")
    tell(station, reported("d"), reported("e", amenity="雨具", what="missing"), at=AT + timedelta(hours=5))
    press(clerk, "take", Fault.objects.get(amenity="雨具"))


def everything() -> list[list[Any]]:
    """What is made from events and from staff's work, and what is published, without row numbers."""
    fields = ("station_id", "amenity", "first", "last", "what", "reports", "since", "state", "who", "changed_at")
    rows = Fault.objects.order_by("since", "first").values_list(*fields)
    found = docs.Fault.type
    from sync.central.core.models import Document

    bodies = Document.objects.filter(type=found).order_by("key").values_list("key", "scope", "body")
    return [list(rows), list(bodies), list(Action.objects.order_by("id").values_list())]


def test_rebuilt_all_is_as_before_with_what_staff_did(clerk: Client, station: FakeStation) -> None:
    a_past(station, clerk)
    before, page = everything(), words_at(clerk, "/faults/?show=all")
    assert [state for *_, state in faults()] == ["closed", "open", "taken"]
    rebuild(lambda _words: None)
    assert everything() == before
    assert words_at(clerk, "/faults/?show=all") == page
    assert "等零件" in page


def test_what_was_damaged_is_right_again(clerk: Client, station: FakeStation) -> None:
    a_past(station, clerk)
    before = everything()
    Fault.objects.update(reports=99, state="closed")
    Report.objects.filter(report="c").delete()
    rebuild(lambda _words: None)
    assert everything() == before


def test_a_report_mended_late_keeps_staffs_work_and_the_stations_place(clerk: Client, station: FakeStation) -> None:
    station.sync([b"poison"])
    station.next_seq = 2
    tell(station, reported("b"))
    press(clerk, "take")
    mended = encode_entry(1, AT - timedelta(days=1), reported("a"))
    replay(Quarantine.objects.get().id, mended, timezone.now())
    project_all()
    assert [(count, state) for *_, count, state in faults()] == [(2, "taken")]
    fault = told(station)[f"{station.id}/微波炉"]
    assert fault
    assert fault.last == "b"
    rebuild(lambda _words: None)
    assert [(count, state) for *_, count, state in faults()] == [(2, "taken")]


@pytest.mark.parametrize(("seconds", "words"), [
    (-5, "刚刚"), (59, "刚刚"), (60, "1 分钟"), (3_600, "1 小时"), (47 * 3_600, "47 小时"), (49 * 3_600, "2 天"),
])
def test_an_age_in_words(seconds: int, words: str) -> None:
    now = timezone.now()
    assert age_of(now - timedelta(seconds=seconds), now) == words
