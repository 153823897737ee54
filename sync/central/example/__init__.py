"""The example: three stations in real places, real titles; its history is made up, and marked as such (month.py).

The office numbers beginning 0000 are nobody's.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from django.db import transaction

from devices.codes import make_label
from sync.central.core.models import Document, Station
from sync.central.core.publishing.documents import EVERYBODY, publish
from sync.central.core.stations import add_station
from sync.central.library.catalogue import add_copies, add_titles
from sync.protocol import documents as docs
from sync.protocol.errors import SyncError

COPIES: Final = 300
_HERE: Final = Path(__file__).resolve().parent
D = TypeVar("D")


class OfficeNotEmpty(SyncError):
    """There is something in the office already; the example must not mix with it."""

    code = "OFFICE-NOT-EMPTY"
    next_step = "示例只能装进空的数据库"


@transaction.atomic
def fill_office() -> None:
    """Put the example into an empty office; raises OfficeNotEmpty."""
    if Station.objects.exists() or Document.objects.exists():
        raise OfficeNotEmpty("数据库里已有驿站或内容，示例只能装进空的数据库")
    stations = _read(list[docs.StationSettings], "stations.json")
    for station in stations:
        add_station(station)
    publish(EVERYBODY, _read(list[docs.Trade], "trades.json"))
    publish(EVERYBODY, _read(list[docs.Poster], "posters.json"))
    publish(EVERYBODY, _read(list[docs.Talk], "talks.json"))
    titles = _titles()
    add_titles(titles)
    add_copies([_copy(number, titles, stations) for number in range(1, COPIES + 1)])


def _copy(number: int, titles: list[docs.Title], stations: list[docs.StationSettings]) -> docs.Copy:
    # Stations take turns, and so do titles: each station has nearly all of them.
    station = stations[(number - 1) % len(stations)]
    title = titles[(number - 1) // len(stations) % len(titles)]
    return docs.Copy(
        label=make_label(number),
        isbn=title.isbn,
        station=station.station,
        stops=(station.station,),
    )


def _titles() -> list[docs.Title]:
    with (_HERE / "titles.csv").open(encoding="utf-8", newline="") as file:
        return [
            docs.Title(
                isbn=row["isbn"],
                title=row["title"],
                author=row["author"],
                publisher=row["publisher"],
                year=int(row["year"]) if row["year"] else None,
                clc=row["clc"],
            )
            for row in csv.DictReader(file)
        ]


def _read(type_: type[D], name: str) -> D:
    return msgspec.json.decode((_HERE / name).read_bytes(), type=type_)
