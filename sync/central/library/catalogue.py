"""Putting titles and labelled copies into the drift.

One bad row never takes the others with it, and what is cut or left out is said.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Model
from msgspec.structs import replace

from sync.central.core.models import Station
from sync.central.core.publishing.documents import EVERYBODY, publish
from sync.protocol import documents as docs
from sync.protocol import limits
from sync.protocol.documents import encode_document

from .following import refold
from .models import Copy, Title

_PIECE: Final = 200
logger = logging.getLogger(__name__)
_TEXTS: Final[Mapping[str, int]] = {
    "title": limits.TITLE_CHARS, "author": limits.AUTHOR_CHARS, "publisher": limits.PUBLISHER_CHARS,
    "clc": limits.CLASS_CHARS, "cover": limits.CLASS_CHARS,
}


class Left(NamedTuple):
    """What was not taken as it was written: a field that was cut, or a whole row if it names none."""

    key: str
    field: str
    why: str


@transaction.atomic
def add_titles(titles: Sequence[docs.Title]) -> list[Left]:
    """Publish titles to everybody; one known already is replaced. Says what was cut and what was left out."""
    left: list[Left] = []
    kept: dict[str, docs.Title] = {}    # of two with one ISBN the last counts
    for title in titles:
        fitted, remarks = _fitted(title)
        left += remarks
        if fitted is not None:
            kept[fitted.isbn] = fitted
    Title.objects.bulk_create(
        [Title(isbn=title.isbn, title=title.title, author=title.author) for title in kept.values()],
        update_conflicts=True,
        unique_fields=["isbn"],
        update_fields=["title", "author"],
        batch_size=_PIECE,
    )
    publish(EVERYBODY, kept.values())
    return _said("titles", left)


@transaction.atomic
def add_copies(copies: Sequence[docs.Copy]) -> list[Left]:
    """Catalogue labelled copies and publish them where their events, if any, say they are. Says what was left out."""
    left: list[Left] = []
    kept: dict[str, docs.Copy] = {}
    known = _Known(
        labels=_found(Copy, "label", (copy.label for copy in copies)),
        isbns=_found(Title, "isbn", (copy.isbn for copy in copies)) | {""},
        stations=_found(Station, "id", (copy.station for copy in copies)) | {""},
    )
    for copy in copies:
        if why := _why_not(copy, known):
            left.append(Left(copy.label, "", why))
        else:
            known.labels.add(copy.label)
            kept[copy.label] = copy
    Copy.objects.bulk_create(
        [
            Copy(
                label=copy.label,
                title_id=copy.isbn or None,
                scope=EVERYBODY,
                catalogued=encode_document(copy).decode(),
                status=copy.status,
                station_id=copy.station or None,
            )
            for copy in kept.values()
        ],
        batch_size=_PIECE,
    )
    refold(list(kept))
    return _said("copies", left)


def _said(what: str, left: list[Left]) -> list[Left]:
    if left:    # one line for all of them; which they are is for whoever added them
        logger.warning("%s: %d not taken as written, the first: %r: %s", what, len(left), left[0].key[:64], left[0].why)
    return left


def _fitted(title: docs.Title) -> tuple[docs.Title | None, list[Left]]:
    """The title as it can be kept, and what was cut; None if it cannot be."""
    if title.isbn != limits.as_key(title.isbn, limits.ISBN_CHARS) or not title.isbn:
        return None, [Left(title.isbn, "", f"ISBN 应为 1 到 {limits.ISBN_CHARS} 位")]
    texts = {field: limits.fitted(getattr(title, field), most) for field, most in _TEXTS.items()}
    if not texts["title"].strip():
        return None, [Left(title.isbn, "", "没有书名")]
    cut = [Left(title.isbn, field, f"最多 {_TEXTS[field]} 字，已截短")
           for field, text in texts.items() if text != getattr(title, field)]
    return replace(title, **texts), cut


class _Known(NamedTuple):
    """What there is of what copies name."""

    labels: set[str]
    isbns: set[str]
    stations: set[str]


def _why_not(copy: docs.Copy, known: _Known) -> str:
    """Why a copy cannot be catalogued; empty if it can."""
    if copy.label != limits.as_key(copy.label) or not copy.label:
        return f"编号应为 1 到 {limits.KEY_CHARS} 位"
    if copy.label in known.labels:
        return "已经登记过"
    if copy.isbn not in known.isbns:
        return f"没有 ISBN 为 {copy.isbn} 的书"
    return "" if copy.station in known.stations else f"没有编号为 {copy.station} 的驿站"


def _found(model: type[Model], field: str, names: Iterable[str]) -> set[str]:
    """Which of these names there are, asked for in pieces; one with NUL is none and cannot be asked for."""
    wanted, found = iter({name for name in names if "\0" not in name}), set[str]()
    while piece := list(islice(wanted, _PIECE)):
        found |= set(model._default_manager.filter(**{f"{field}__in": piece}).values_list(field, flat=True))
    return found
