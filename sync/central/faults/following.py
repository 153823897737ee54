"""The read model of faults: reports and undos in whatever order they come, folded with what staff did.

Whoever writes here has the station's turn, so no row needs a lock of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sync.central.core.projecting.read_models import Told
from sync.central.core.publishing.documents import publish, scope_of_station
from sync.protocol import documents as docs
from sync.protocol.documents.faults import key_of_item
from sync.protocol.events import FaultReported, FaultUndone
from sync.protocol.limits import AMENITY_CHARS, as_key

from .folding import Folded, fold
from .models import Action, Fault, Report, State

_NO_NAME = "其他"


class Item(NamedTuple):
    """One thing at one station."""

    station: str
    amenity: str


def follow_reports(events: Sequence[Told]) -> None:
    """Take reports and undos into the faults, and publish what changed."""
    ours = [told for told in events if isinstance(told.event, FaultReported | FaultUndone)]
    if not ours:
        return
    known = _known({(told.station, _id_of(told)) for told in ours})
    changed: dict[tuple[str, str], Report] = {}
    for told in ours:
        key = told.station, _id_of(told)
        row = known.setdefault(key, Report(station_id=told.station, report=key[1]))
        if _take(row, told):
            changed[key] = row
    for row in changed.values():    # one by one, so that their numbers are in the order they were told
        row.save()
    refold({Item(row.station_id, row.amenity) for row in changed.values() if row.amenity})


def forget_reports() -> None:
    """Empty what events made, before they are told again; what staff did stays, and finds its place by the reports."""
    Report.objects.all().delete()
    Fault.objects.all().delete()


def refold(items: Collection[Item]) -> None:
    """Bring the faults of these things up to date, and publish the newest of each to its station."""
    news: dict[str, list[docs.Fault]] = defaultdict(list)
    for item in sorted(items):
        reports = reports_of(item)
        found = fold(reports, actions_of(item))
        _keep(item, found)
        news[item.station].append(_published(item, reports, found))
    for station, documents in sorted(news.items()):
        publish(scope_of_station(station), documents)


def reports_of(item: Item) -> list[Report]:
    """All that was said of a thing, as it was told."""
    return list(Report.objects.filter(station=item.station, amenity=item.amenity).order_by("id"))


def actions_of(item: Item) -> list[Action]:
    """All that was done about it."""
    return list(Action.objects.filter(station=item.station, amenity=item.amenity))


def _take(row: Report, told: Told) -> bool:
    """Take an event into the row of its report; False if it was told before, in an earlier epoch."""
    event = told.event
    if isinstance(event, FaultReported) and row.at_utc is None:
        row.amenity, row.what = as_key(event.amenity, AMENITY_CHARS) or _NO_NAME, event.what
        row.at_utc, row.is_late = told.at_utc, told.is_late
    elif isinstance(event, FaultUndone) and not row.undone:
        row.undone = True
    else:
        return False
    return True


def _keep(item: Item, found: Sequence[Folded]) -> None:
    faults = [folded.fault for folded in found]
    gone = Fault.objects.filter(station=item.station, amenity=item.amenity)
    gone.exclude(first__in=[fault.first for fault in faults]).delete()
    Fault.objects.bulk_create(
        faults,
        update_conflicts=True,
        unique_fields=["station", "first"],
        update_fields=["last", "what", "reports", "since", "state", "who", "changed_at"],
        batch_size=100,
    )


def _published(item: Item, reports: Sequence[Report], found: Sequence[Folded]) -> docs.Fault:
    """The newest fault; closed, if all that was said has been taken back."""
    in_turn = [report for report in reports if not report.is_late] or reports
    newest, fault = reports[-1], found[-1].fault if found else None
    return docs.Fault(
        item=key_of_item(*item),
        amenity=item.amenity,
        what=fault.what if fault else newest.what,      # pyright: ignore[reportArgumentType]  # one of three, as told
        state=fault.state if fault else State.CLOSED,   # pyright: ignore[reportArgumentType]  # one of three
        since=fault.since if fault else newest.at_utc,  # pyright: ignore[reportArgumentType]  # an item has reports
        last=in_turn[-1].report,
    )


def _known(keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Report]:
    rows = Report.objects.filter(
        station_id__in={station for station, _ in keys}, report__in={report for _, report in keys}
    )
    return {(row.station_id, row.report): row for row in rows}


def _id_of(told: Told) -> str:
    event = told.event
    return as_key(event.report) if isinstance(event, FaultReported | FaultUndone) else ""
