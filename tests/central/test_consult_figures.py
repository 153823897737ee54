"""Figures: stations' events and the office's records together, equal to a recount of both."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from sync.central.consult.counting import CAUSES
from sync.central.consult.figures import Figures, in_words, overview, percentile
from sync.central.consult.following import follow_calls
from sync.central.consult.models import Consultation, Ending, State, StationCall
from sync.central.consult.roles import Role
from sync.central.core.models import Event as StoredEvent
from sync.central.core.projecting.read_models import Told
from sync.central.core.repair.rebuilding import rebuild
from sync.protocol.events import (
    ConsultationAsked,
    ConsultationConnected,
    ConsultationEnded,
    ConsultationRated,
    decode_entry,
)
from sync.protocol.events.base import Event

from .conftest import enrolled, on_both_databases
from .consulting import NOON, browser, call_id, doctor, missed, somebody, talked
from .fake_station import FakeStation
from .test_projector import tell

pytestmark = [pytest.mark.django_db, on_both_databases]

TODAY = NOON.date()
A = call_id("a")


def events_of(name: str, how: str, waited_s: int, talked_s: int = 0, stars: int = 0) -> list[Event]:
    """What a station tells of one call from its beginning to its end."""
    call = call_id(name)
    told: list[Event] = [ConsultationAsked(call=call)]
    if talked_s:
        told.append(ConsultationConnected(call=call, waited_s=waited_s))
    told.append(ConsultationEnded(call=call, how=how, waited_s=waited_s, talked_s=talked_s))  # type: ignore[arg-type]
    if stars:
        told.append(ConsultationRated(call=call, stars=stars))
    return told


def rows() -> list[tuple[Any, ...]]:
    fields = ("station_id", "call", "day", "asked", "connected", "how", "waited_s", "talked_s", "stars")
    return list(StationCall.objects.order_by("station_id", "call").values_list(*fields))


def today() -> Figures:
    return overview(TODAY, TODAY).total


def test_events_fold_to_the_same_in_any_order_and_told_twice(station: FakeStation) -> None:
    told = [
        Told(station.id, "e", n, NOON + timedelta(minutes=n), NOON + timedelta(minutes=n), event)
        for n, event in enumerate(events_of("a", "talked", 30, 200, 4))
    ]
    expected = [(station.id, A, TODAY, True, True, "talked", 30, 200, 4)]
    for order in itertools.permutations(told):
        StationCall.objects.all().delete()
        for one in order:
            follow_calls([one])
        follow_calls(order)
        assert rows() == expected


def test_a_rating_reaches_the_record_of_its_own_station_alone(station: FakeStation) -> None:
    other = enrolled("330502-02", "凤凰")
    talked("a")
    tell(other, ConsultationRated(call=A, stars=1), at=NOON)
    assert Consultation.objects.get().stars is None
    tell(station, ConsultationRated(call=A, stars=9), ConsultationRated(call="x" * 99 + "\0", stars=-3), at=NOON)
    assert Consultation.objects.get().stars == 5


def test_a_rebuild_makes_the_same_again(station: FakeStation) -> None:
    talked("a")
    tell(station, *events_of("a", "talked", 40, 300, 4), *events_of("b", "no-camera", 3), at=NOON)
    before = rows(), today(), Consultation.objects.get().stars
    StationCall.objects.update(waited_s=1)
    StationCall.objects.create(station_id=station.id, call="ghost", day=TODAY)
    rebuild(lambda _: None)
    assert (rows(), today(), Consultation.objects.get().stars) == before


def test_the_office_decides_but_only_the_station_knows_why_it_was_gone(station: FakeStation) -> None:
    endings = {
        "a": (Ending.LEFT, "crashed"), "b": (Ending.LOST, "power"), "c": (Ending.LOST, "left"),
        "d": (Ending.LEFT, "left"), "e": (Ending.NO_DOCTOR, "no-line"), "f": (Ending.DOCTOR_LOST, "no-line"),
    }
    for name, (ending, how) in endings.items():
        missed(name, ending)
        tell(station, *events_of(name, how, 60), at=NOON)
    found = today()
    assert (found.asked, found.left, found.connected) == (6, 1, 0)
    assert found.failed == {"crashed": 1, "power": 1, "no-line": 1, "no-doctor": 1, "doctor-lost": 1}


def test_what_never_reached_the_office_counts_too_and_once(station: FakeStation) -> None:
    talked("a")
    Consultation.objects.create(
        call=call_id("open"), station_id=station.id, state=State.TALKING, token="", asked_at=NOON, accepted_at=NOON,
        doctor=doctor(),
    )
    tell(station, *events_of("a", "talked", 40, 300), *events_of("lone", "no-line", 9), at=NOON)
    # The same call with a clock that is a day off is still one.
    tell(station, ConsultationRated(call=A, stars=3), at=NOON - timedelta(days=1))
    found = overview(TODAY - timedelta(days=1), TODAY)
    assert (found.total.asked, found.total.talked, found.total.still_open, found.total.failures) == (3, 1, 1, 1)
    assert found.total.rated == 1
    assert found.by_day[1].figures.asked == 0


def a_busy_week(stations: list[FakeStation], seed: int) -> None:
    """Calls of every kind, some known to the station alone, some to the office alone."""
    dice = random.Random(seed)
    doctors = [doctor(), doctor("li", "李强")]
    # A journal goes on in time: what is told later was not earlier.
    moments = sorted(dice.randrange(-6 * 24 * 60, 11 * 60) for _ in range(50))
    for number, minutes in enumerate(moments):
        at = NOON + timedelta(minutes=minutes)
        station, name, waited = dice.choice(stations), f"n{number}", dice.randrange(200)
        kind, is_told = dice.choice(["talked", "missed", "station"]), dice.random() < 0.8
        if kind == "talked":
            talk = dice.randrange(1, 900)
            talked(name, dice.choice(doctors), at, waited_s=waited, talked_s=talk, station=station.id)
            story = events_of(name, "talked", waited, talk, dice.choice([0, 3, 5]))
        elif kind == "missed":
            ending = dice.choice([Ending.LEFT, Ending.NO_DOCTOR, Ending.LOST, Ending.CANCELLED])
            missed(name, ending, at, waited_s=waited, station=station.id)
            story = events_of(name, dice.choice(["left", "power", "crashed", "no-doctor"]), waited)
        else:
            story = events_of(name, dice.choice(["no-line", "no-camera", "refused"]), waited)
        if is_told or kind == "station":
            dice.shuffle(story)
            tell(station, *story, at=at)


def recounted(first: date, last: date) -> dict[str, Counter[str]]:
    """The same from nothing but stored lines and records, counted plainly; group → what → how much."""
    told: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for stored in StoredEvent.objects.select_related("journal"):
        entry = decode_entry(bytes(stored.line))
        event: Any = entry.event
        told[stored.journal.station_id, event.call][type(event).__name__] = (entry.at, event)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for record in Consultation.objects.all():
        known = told.pop((record.station_id, record.call), {})
        ended = known["ConsultationEnded"][1].how if "ConsultationEnded" in known else ""
        ending = {"lost": "no-line"}.get(record.ending, record.ending)
        if record.ending in {"left", "lost"} and ended in CAUSES:
            ending = ended
        stop, answered = record.ended_at or NOON, record.accepted_at
        what = Counter({"asked": 1, ending: 1, "waited_s": int(((answered or stop) - record.asked_at).total_seconds())})
        if answered:
            what += Counter({"connected": 1, "talked_s": int((stop - answered).total_seconds())})
        if "ConsultationRated" in known:
            what += Counter({"stars": known["ConsultationRated"][1].stars, "rated": 1})
        day = record.asked_at.astimezone(NOON.tzinfo).date()
        who = record.doctor.name if answered and record.doctor else ""
        _add(counts, what, day, record.station_id, who, first, last)
    for (station, _), known in told.items():
        event = known["ConsultationEnded"][1]
        day = min(at for at, _ in known.values()).date()
        _add(counts, Counter({"asked": 1, event.how: 1, "waited_s": event.waited_s}), day, station, "", first, last)
    return counts


def _add(counts: Any, what: Counter[str], day: date, station: str, who: str, first: date, last: date) -> None:
    if first <= day <= last:
        for group in ("", f"{day.month} 月 {day.day} 日", station, who or "nobody"):
            counts[group] += what


def plainly(figures: Figures) -> Counter[str]:
    kept = ("asked", "connected", "waited_s", "talked_s", "stars", "rated")
    found = Counter({name: getattr(figures, name) for name in kept})
    return +(found + Counter({"talked": figures.talked, "left": figures.left, **figures.failed}))


@pytest.mark.parametrize("seed", [1])
def test_figures_equal_a_recount_of_events_and_records(station: FakeStation, seed: int) -> None:
    a_busy_week([station, enrolled("330502-02", "凤凰")], seed)
    first = TODAY - timedelta(days=4)
    found, counts = overview(first, TODAY), recounted(first, TODAY)
    assert plainly(found.total) == +counts[""]
    for line in found.by_day:
        assert plainly(line.figures) == +counts[line.name]
    assert {line.note: plainly(line.figures) for line in found.by_station} == {
        one: +counts[one] for one in (station.id, "330502-02")
    }
    assert {line.name: plainly(line.figures) for line in found.by_doctor} == {
        one: +counts[one] for one in ("王敏", "李强")
    }
    total = found.total
    assert total.asked == total.talked + total.left + total.failures + total.still_open
    assert total.asked == sum(line.figures.asked for line in found.by_day)


def test_percentiles_are_values_that_were_there() -> None:
    assert percentile([], 50) is None
    assert [percentile([7], one) for one in (50, 95)] == [7, 7]
    assert [percentile(list(range(1, 101)), one) for one in (50, 95)] == [50, 95]
    assert percentile([1, 2, 3, 4], 50) == 2
    assert [in_words(one) for one in (None, 0, 59, 260, 7_260)] == ["—", "0 秒", "59 秒", "4 分 20 秒", "2 小时 01 分"]


@pytest.fixture
def supervisor(db: None) -> Client:
    return browser(somebody("zhao", Role.SUPERVISOR))


def test_the_page_and_the_file_say_the_same(supervisor: Client, station: FakeStation) -> None:
    talked("a")
    missed("b", Ending.NO_DOCTOR)
    tell(station, *events_of("a", "talked", 40, 300, 4), *events_of("c", "no-camera", 3), at=NOON)
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        page = supervisor.get("/consult/figures/?days=30").content.decode()
        file = supervisor.get("/consult/figures/?as=csv")
    for words in ("占求诊 33%", "没有医生接听<b>1</b>", "摄像头或话筒不能用<b>1</b>", "4.0", "王敏", "5 分 00 秒"):
        assert words in page, words
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("合计,,,3,1,1,0,1,")
    assert "attachment" in file["Content-Disposition"]
    assert [line.split(",")[0] for line in lines[2:]] == ["按天"] * 7 + ["按驿站", "按医生"]


def test_no_name_is_a_formula_in_a_spreadsheet(supervisor: Client) -> None:
    talked("a", doctor("eve", "=1+1"), at=datetime.now(NOON.tzinfo))
    assert ",'=1+1," in supervisor.get("/consult/figures/?as=csv").content.decode()


def test_the_overview_has_counts_of_today_and_nobodys_name(clerk: Client, station: FakeStation) -> None:
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        assert "今天还没有人看医生" in clerk.get("/").content.decode()
        talked("a")
        page = clerk.get("/overview/live").content.decode()
    assert 'id="consult-today" hx-swap-oob="true"' in page
    assert "5 分 00 秒" in page
    assert "王敏" not in page
