"""Faults as rows of a table, with their age in words and what was done about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from sync.central.core.models import Station
from sync.central.office.rooms import Glance

from .folding import fold
from .following import Item
from .models import Action, Fault, Report, State, What

MOST: Final = 200
_SHOWN: Final = 5
_COLOURS: Final = {State.OPEN: "red", State.TAKEN: "amber", State.CLOSED: "green"}


class DoneLine(msgspec.Struct, frozen=True):
    """One thing that was done."""

    at: datetime
    who: str
    words: str
    note: str


class FaultLine(msgspec.Struct, frozen=True):
    """One fault as a row; `dot` is the colour, `words` say the same."""

    id: int
    station: str
    place: str
    station_id: str
    amenity: str
    what: str
    since: datetime
    age: str
    reports: int
    state: str
    dot: str
    words: str
    who: str
    changed_at: datetime | None
    can_reopen: bool
    done: list[DoneLine]


def fault_lines(faults: Sequence[Fault], now: datetime) -> list[FaultLine]:
    """These faults with what was done about them."""
    stations = Station.objects.in_bulk({fault.station_id for fault in faults})
    histories = _histories(faults)
    newest = _newest(faults)
    return [
        FaultLine(
            id=fault.id,
            station=stations[fault.station_id].name,
            place=stations[fault.station_id].place,
            station_id=fault.station_id,
            amenity=fault.amenity,
            what=str(What(fault.what).label),
            since=fault.since,
            age=age_of(fault.since, now),
            reports=fault.reports,
            state=fault.state,
            dot=_COLOURS[State(fault.state)],
            words=_words_of(fault),
            who=fault.who,
            changed_at=fault.changed_at,
            can_reopen=fault.id in newest,
            done=histories.get((fault.station_id, fault.first), []),
        )
        for fault in faults
    ]


def open_faults(station: str = "") -> list[Fault]:
    """What is not mended, the oldest first."""
    found = Fault.objects.exclude(state=State.CLOSED).order_by("since", "id")
    return list((found.filter(station=station) if station else found)[:MOST])


def all_faults(station: str = "") -> list[Fault]:
    """The mended ones too: those that are not first, then the newest."""
    waiting = open_faults(station)
    closed = Fault.objects.filter(state=State.CLOSED).order_by("-changed_at", "-id")
    return [*waiting, *(closed.filter(station=station) if station else closed)[: MOST - len(waiting)]]


def oldest(glance: Glance) -> dict[str, object]:
    """The card on the overview: how many are open, and those that wait for longest."""
    is_open = Fault.objects.exclude(state=State.CLOSED)
    return {
        "faults": fault_lines(list(is_open.order_by("since", "id")[:_SHOWN]), glance.now),
        "open": is_open.count(),
        "untaken": is_open.filter(state=State.OPEN).count(),
    }


def age_of(since: datetime, now: datetime) -> str:
    """How long it has been waiting, in words."""
    minutes = max(0, int((now - since).total_seconds())) // 60
    if minutes < 60:
        return f"{minutes} 分钟" if minutes else "刚刚"
    if minutes < 48 * 60:
        return f"{minutes // 60} 小时"
    return f"{minutes // (24 * 60)} 天"


def _words_of(fault: Fault) -> str:
    reopened = State(fault.state) is State.OPEN and fault.who
    return "重新打开" if reopened else str(State(fault.state).label)


def _histories(faults: Sequence[Fault]) -> dict[tuple[str, str], list[DoneLine]]:
    """(Station, first report) → what was done; two queries for all of them."""
    places = {"station__in": {fault.station_id for fault in faults}, "amenity__in": {one.amenity for one in faults}}
    actions: dict[Item, list[Action]] = defaultdict(list)
    for action in Action.objects.filter(**places):
        actions[Item(action.station_id, action.amenity)].append(action)
    reports: dict[Item, list[Report]] = defaultdict(list)
    if actions:
        for report in Report.objects.filter(**places).order_by("id"):
            reports[Item(report.station_id, report.amenity)].append(report)
    return {
        (item.station, folded.fault.first): [_done(action) for action in folded.actions]
        for item, done in actions.items()
        for folded in fold(reports[item], done)
    }


def _newest(faults: Sequence[Fault]) -> set[int]:
    """Which of these are the newest of their thing; only these can be opened again."""
    rows = Fault.objects.filter(
        station__in={fault.station_id for fault in faults}, amenity__in={fault.amenity for fault in faults}
    )
    newest = {Item(*item): id_ for *item, id_ in rows.order_by("id").values_list("station_id", "amenity", "id")}
    return set(newest.values())


def _done(action: Action) -> DoneLine:
    return DoneLine(action.at, action.who, str(Action.Kind(action.kind).label), action.note)
