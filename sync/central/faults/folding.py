"""What the reports and the actions of one amenity add up to: a pure fold, so that it can be made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from .models import Action, Fault, Report, State

# What can be done in which state, and where it leads.
STEPS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    Action.Kind.TAKE: ((State.OPEN,), State.TAKEN),
    Action.Kind.CLOSE: ((State.OPEN, State.TAKEN), State.CLOSED),
    Action.Kind.REOPEN: ((State.CLOSED,), State.OPEN),
}


class Folded(NamedTuple):
    """A fault, not saved, and what was done about it."""

    fault: Fault
    actions: list[Action]


def fold(reports: Sequence[Report], actions: Sequence[Action]) -> list[Folded]:
    """The faults of one amenity, oldest first.

    A report on an open fault counts into it, one on a closed fault begins another; what was taken back counts
    nowhere. An action has its place behind the report that was the newest when it was done.
    """
    done: dict[str, list[Action]] = defaultdict(list)
    for action in sorted(actions, key=lambda one: one.id):
        done[action.report].append(action)
    found: list[Folded] = []
    for report in reports:
        if not report.undone and report.at_utc is not None:
            if not found or State(found[-1].fault.state) is State.CLOSED:
                found.append(Folded(_begun(report), []))
            _count(found[-1].fault, report)
        for action in done[report.report]:
            if found:
                _apply(found[-1], action)
    return found


def _begun(report: Report) -> Fault:
    if report.at_utc is None:
        raise ValueError(report.report)
    return Fault(
        station_id=report.station_id, amenity=report.amenity, first=report.report, reports=0,
        since=report.at_utc, state=State.OPEN,
    )


def _count(fault: Fault, report: Report) -> None:
    fault.last, fault.what = report.report, report.what
    fault.reports += 1


def _apply(folded: Folded, action: Action) -> None:
    if Action.Kind(action.kind) is not Action.Kind.NOTE:
        allowed, leads_to = STEPS[action.kind]
        if folded.fault.state not in allowed:
            return  # it was about a report that was taken back since
        folded.fault.state, folded.fault.who, folded.fault.changed_at = leads_to, action.who, action.at
    folded.actions.append(action)
