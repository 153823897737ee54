"""The read model of the fleet: results of updates, answers to commands; and a release that fails is paused.

Whoever writes here has the station's turn, so no row of a station needs a lock of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils import timezone

from sync.central.core.projecting.read_models import Told
from sync.protocol.events import (
    CommandDone,
    LogsSent,
    UpdateCommitted,
    UpdateFailed,
    UpdateInstalled,
    UpdateRolledBack,
)
from sync.protocol.limits import DETAIL_CHARS, as_key, fitted

from .commanding import take_away
from .counting import count_tried, failures_of
from .models import CODE_CHARS, COMMAND_CHARS, VERSION_CHARS, Answer, Release, Result
from .releasing import pause

_KINDS: Final[dict[type, str]] = {
    UpdateInstalled: Result.Kind.INSTALLED,
    UpdateCommitted: Result.Kind.COMMITTED,
    UpdateRolledBack: Result.Kind.ROLLED_BACK,
    UpdateFailed: Result.Kind.FAILED,
}
LEAST_FAILURES: Final = 2       # one station may have a fault of its own
FAILING_SHARE: Final = 20       # one in so many of those that tried


def follow_fleet(events: Sequence[Told]) -> None:
    """Take in what stations tell, and pause what fails."""
    failing: set[str] = set()
    for told in events:
        event = told.event
        if isinstance(event, UpdateInstalled | UpdateCommitted | UpdateRolledBack | UpdateFailed):
            _take_result(told, event)
            if isinstance(event, UpdateRolledBack | UpdateFailed):
                failing.add(as_key(event.version, VERSION_CHARS))
        elif isinstance(event, CommandDone | LogsSent):
            _take_answer(told, event)
    for version in sorted(failing):
        pause_failing(version)


def forget_fleet() -> None:
    """Empty what events made; what staff did stays."""
    Result.objects.all().delete()
    Answer.objects.all().delete()


def pause_failing(version: str) -> None:
    """Pause a release if too many stations fail with it."""
    release = Release.objects.filter(version=version, is_paused=False, is_withdrawn=False).first()
    if release is None:
        return
    failures, count = len(failures_of(version)), count_tried(version)
    news = failures - release.forgiven
    if news >= LEAST_FAILURES and failures * FAILING_SHARE >= count:
        pause(version, "", timezone.now(), because=f"{count} 个驿站试过，{failures} 个失败")


def _take_result(
    told: Told, event: UpdateInstalled | UpdateCommitted | UpdateRolledBack | UpdateFailed
) -> None:
    code = event.code if isinstance(event, UpdateRolledBack | UpdateFailed) else ""
    Result.objects.update_or_create(
        station_id=told.station, version=as_key(event.version, VERSION_CHARS), kind=_KINDS[type(event)],
        at=told.at.isoformat(), defaults={"code": as_key(code, CODE_CHARS), "at_utc": told.at_utc},
    )


def _take_answer(told: Told, event: CommandDone | LogsSent) -> None:
    command = as_key(event.command, COMMAND_CHARS)
    answer, _ = Answer.objects.get_or_create(
        station_id=told.station, command=command, defaults={"at_utc": told.at_utc}
    )
    if isinstance(event, LogsSent):
        answer.log = answer.log or event.text.replace("\0", "")
    elif not answer.how:
        answer.how, answer.at_utc = event.how, told.at_utc
        answer.code, answer.detail = as_key(event.code, CODE_CHARS), fitted(event.detail, DETAIL_CHARS)
        take_away(told.station, [command])
    answer.save()
