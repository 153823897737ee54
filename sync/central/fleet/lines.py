"""Releases, stations and commands as rows of tables, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from sync.central.core.models import Station
from sync.central.office.rooms import Glance
from sync.protocol.releases import STICK, is_in_ring, parse_version

from .commanding import WORDS
from .counting import failures_of, kinds_of
from .models import Act, Answer, Command, Pin, Release, Result
from .words import what_of, words_of

MOST: Final = 200
_RELEASES: Final = 20
_ACTS: Final = 30
_HOW: Final = {
    "done": ("green", "做好了"), "failed": ("red", "没做成"), "refused": ("red", "被驿站拒绝"),
    "expired": ("grey", "过期没做"), "cut_off": ("amber", "做到一半断了"),
}


class ReleaseLine(msgspec.Struct, frozen=True):
    """One release; `dot` is the colour, `words` say the same."""

    version: str
    added_at: datetime
    size_mb: int
    percent: int
    regions: str
    reached: int        # stations in the ring as it is
    committed: int
    underway: int
    failed: int
    dot: str
    words: str
    because: str
    is_open: bool
    is_paused: bool
    is_withdrawn: bool


class FailureLine(msgspec.Struct, frozen=True):
    """One station with which a release failed."""

    version: str
    station_id: str
    name: str
    words: str
    code: str
    at: datetime


class FleetLine(msgspec.Struct, frozen=True):
    """One station with its program."""

    id: str
    name: str
    place: str
    region: str
    version: str
    pin: str
    last: str


class CommandLine(msgspec.Struct, frozen=True):
    """One command and what became of it."""

    command: str
    words: str
    who: str
    issued_at: datetime
    dot: str
    how: str
    code: str
    detail: str
    answered_at: datetime | None
    has_log: bool


def release_lines(stations: Sequence[Station]) -> list[ReleaseLine]:
    """Releases, the newest version first."""
    releases = sorted(Release.objects.all(), key=lambda one: parse_version(one.version), reverse=True)
    return [_release_line(release, stations) for release in releases[:_RELEASES]]


def failure_lines(stations: Sequence[Station]) -> list[FailureLine]:
    """Where releases that are not withdrawn failed, the newest first."""
    names = {station.id: str(station) for station in stations}
    found = [row for one in Release.objects.filter(is_withdrawn=False) for row in failures_of(one.version)]
    return [
        FailureLine(
            row.version, row.station_id, names.get(row.station_id, row.station_id),
            f"{Result.Kind(row.kind).label}：{words_of(row.code)}", row.code, row.at_utc,
        )
        for row in sorted(found, key=lambda row: row.at_utc, reverse=True)[:MOST]
    ]


def fleet_lines(stations: Sequence[Station]) -> list[FleetLine]:
    """Stations by version, the oldest first."""
    pins = dict(Pin.objects.values_list("station", "version"))
    shown = sorted(stations, key=lambda station: (parse_version(station.version), station.id))[:MOST]
    told = Result.objects.filter(station__in=[station.id for station in shown]).order_by("at_utc", "id")
    last = {row.station_id: row for row in told}
    return [
        FleetLine(
            station.id, station.name, station.place, station.region, station.version, pins.get(station.id, ""),
            _told(last.get(station.id)),
        )
        for station in shown
    ]


def command_lines(station: Station, now: datetime) -> list[CommandLine]:
    """What a station was told, the newest first."""
    answers = {row.command: row for row in Answer.objects.filter(station=station).defer("log")}
    logs = set(Answer.objects.filter(station=station).exclude(log="").values_list("command", flat=True))
    commands = Command.objects.filter(station=station).order_by("-issued_at")[:_ACTS]
    return [_command_line(command, answers.get(command.command), logs, now) for command in commands]


def acts(station: str = "") -> list[Act]:
    """Who did what, the newest first."""
    found = Act.objects.order_by("-at", "-id")
    return list((found.filter(station=station) if station else found)[:_ACTS])


def count_paused(glance: Glance) -> int:  # noqa: ARG001
    """How many releases the office paused by itself."""
    return _paused_by_itself().count()


def paused(glance: Glance) -> list[ReleaseLine]:  # noqa: ARG001
    """Those releases."""
    stations = in_use()
    return [_release_line(release, stations) for release in _paused_by_itself()]


def in_use() -> list[Station]:
    """Every station that could run a program."""
    return list(Station.objects.filter(enrolled_at__isnull=False, revoked_at=None).order_by("id"))


def _paused_by_itself():  # noqa: ANN202
    return Release.objects.filter(is_paused=True, is_withdrawn=False).exclude(paused_because="").order_by("version")


def _release_line(release: Release, stations: Sequence[Station]) -> ReleaseLine:
    told = kinds_of(release.version)
    reached = sum(
        is_in_ring(release.seed, station.id, release.percent) and _is_in(station, release.regions)
        for station in stations
    )
    dot, words = _state(release)
    return ReleaseLine(
        version=release.version, added_at=release.added_at, size_mb=-(-release.size // 1_000_000),
        percent=release.percent, regions="、".join(release.regions), reached=reached,
        committed=told[Result.Kind.COMMITTED], underway=told[Result.Kind.INSTALLED],
        failed=len(failures_of(release.version)), dot=dot, words=words, because=release.paused_because,
        is_open=not release.is_paused and not release.is_withdrawn,
        is_paused=release.is_paused, is_withdrawn=release.is_withdrawn,
    )


def _is_in(station: Station, regions: Sequence[str]) -> bool:
    return not regions or any(station.region.startswith(region) for region in regions)


def _state(release: Release) -> tuple[str, str]:
    if release.is_withdrawn:
        return "grey", "已撤回"
    if release.is_paused:
        return ("red", "自动暂停") if release.paused_because else ("amber", "暂停")
    if not release.percent:
        return "grey", "还没放出去"
    return "green", "全部" if release.percent == 100 else f"{release.percent}%"


def _told(result: Result | None) -> str:
    if result is None:
        return ""
    words = f"{'U 盘' if result.version == STICK else result.version} {Result.Kind(result.kind).label}"
    return f"{words}（{what_of(result.code)}）" if result.code else words


def _said(answer: Answer) -> str:
    """What came of it; of a self-test each part, which the station names in Chinese, of a fault never its own words."""
    parts = answer.detail if answer.code in {"", "CMD-SELF-TEST"} else ""
    return "：".join(words for words in (words_of(answer.code), parts) if words)


def _command_line(command: Command, answer: Answer | None, logs: set[str], now: datetime) -> CommandLine:
    if answer is not None and answer.how:
        dot, how = _HOW.get(answer.how, ("amber", answer.how))
    else:
        dot, how = ("grey", "过期没收到") if now >= command.expires_at else ("amber", "等驿站来取")
    return CommandLine(
        command=command.command, words=WORDS.get(command.do, command.do), who=command.who,
        issued_at=command.issued_at, dot=dot, how=how, code=answer.code if answer else "",
        detail=_said(answer) if answer else "", answered_at=answer.at_utc if answer and answer.how else None,
        has_log=command.command in logs,
    )
