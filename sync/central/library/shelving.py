"""Titles and labelled copies from files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from django.db import transaction
from stdnum import isbn
from stdnum.exceptions import ValidationError

from devices.codes import parse_label
from devices.errors import LabelError
from sync.central.core.models import Document, Station
from sync.central.core.publishing.rows import ContentRefused, Row, Taken, Wrong, made, number, read_rows, text
from sync.protocol import documents as docs
from sync.protocol import limits
from sync.protocol.documents import decode_document

from .catalogue import add_copies, add_titles
from .models import Copy, Title

TITLE_FIELDS: Final = ("isbn", "title", "author", "publisher", "year", "clc", "cover")
COPY_FIELDS: Final = ("label", "isbn", "station")
_PIECE: Final = 500
T = TypeVar("T")


@transaction.atomic
def titles_from(path: Path) -> Taken:
    """Publish every title of a file; what it replaces, and what is cut, is said. Raises ContentRefused."""
    rows = read_rows(path, TITLE_FIELDS)
    titles = made(rows, _title, path)
    _refuse_twice(rows, titles, lambda title: title.isbn, path)
    remarks = _replaced(titles)
    remarks += [f"{left.key}：{left.field} {left.why}" for left in add_titles(titles)]
    return Taken(len(titles), remarks)


@transaction.atomic
def copies_from(path: Path) -> Taken:
    """Catalogue every copy of a file. Raises ContentRefused, for labels that are known too."""
    rows = read_rows(path, COPY_FIELDS)
    copies = made(rows, _copy, path)
    _refuse_twice(rows, copies, lambda copy: copy.label, path)
    labels = _known(Copy, "label", [copy.label for copy in copies])
    titles = _known(Title, "isbn", [copy.isbn for copy in copies])
    stations = _known(Station, "id", [copy.station for copy in copies])

    def check(row: dict[str, Any]) -> None:
        copy = _copy(row)
        if copy.label in labels:
            raise Wrong(f"标签 {copy.label} 已经登记过")
        if copy.isbn and copy.isbn not in titles:
            raise Wrong(f"没有书目 {copy.isbn}，请先用 title add 登记")
        if copy.station and copy.station not in stations:
            raise Wrong(f"没有编号为 {copy.station} 的驿站")

    made(rows, check, path)
    remarks = [f"{left.key}：{left.why}" for left in add_copies(copies)]
    return Taken(len(copies), remarks + _moved(copies))


def _title(values: dict[str, Any]) -> docs.Title:
    return docs.Title(
        isbn=_isbn(values, needed=True),
        title=text(values, "title", limits.TITLE_CHARS, needed=True),
        author=text(values, "author", limits.AUTHOR_CHARS),
        publisher=text(values, "publisher", limits.PUBLISHER_CHARS),
        year=number(values, "year", 1_000, 2_999),
        clc=text(values, "clc", limits.CLASS_CHARS),
        cover=text(values, "cover", limits.NAME_CHARS),
    )


def _copy(values: dict[str, Any]) -> docs.Copy:
    station = text(values, "station", limits.NAME_CHARS)
    typed = text(values, "label", limits.NAME_CHARS, needed=True)
    try:
        label = parse_label(typed)
    except LabelError as cause:
        raise Wrong(f"标签 {typed} 不对：要像 YZ 0004217-2，七位数字和一位校验码") from cause
    stops = (station,) if station else ()
    return docs.Copy(label=label, isbn=_isbn(values), station=station, stops=stops)


def _isbn(values: dict[str, Any], *, needed: bool = False) -> str:
    typed = text(values, "isbn", limits.NAME_CHARS, needed=needed)
    try:
        return str(isbn.validate(typed, convert=True)) if typed else ""
    except ValidationError as cause:
        raise Wrong(f"ISBN {typed} 不对：请核对 10 或 13 位数字") from cause


def _replaced(titles: Sequence[docs.Title]) -> list[str]:
    """A line for each title that is known and is another now."""
    found: dict[str, docs.Title] = {}
    isbns = [title.isbn for title in titles]
    for start in range(0, len(isbns), _PIECE):
        live = Document.objects.filter(type=docs.Title.type, key__in=isbns[start : start + _PIECE], body__isnull=False)
        found |= {key: decode_document(docs.Title, body or "") for key, body in live.values_list("key", "body")}
    remarks: list[str] = []
    for title in titles:
        old = found.get(title.isbn, title)
        changed = [field for field in TITLE_FIELDS if getattr(old, field) != getattr(title, field)]
        told = [f"{field} 原来是 {getattr(old, field) or '空的'}" for field in changed]
        remarks += [f"{title.isbn}：" + "，".join(told)] if told else []
    return remarks


def _moved(copies: Sequence[docs.Copy]) -> list[str]:
    """A line for each copy whose events say that it is not where the file says."""
    given = {copy.label: copy for copy in copies}
    remarks: list[str] = []
    for start in range(0, len(copies), _PIECE):
        labels = [copy.label for copy in copies[start : start + _PIECE]]
        for copy in Copy.objects.filter(label__in=labels).order_by("label"):
            if copy.status == "on_loan":
                remarks.append(f"{copy.label}：按驿站的记录，这本书借在外面")
            elif (copy.station_id or "") != given[copy.label].station:
                remarks.append(f"{copy.label}：按驿站的记录，这本书在 {copy.station_id}")
    return remarks


def _refuse_twice(rows: Sequence[Row], found: Sequence[T], key: Callable[[T], str], path: Path) -> None:
    first: dict[str, str] = {}
    for row, one in zip(rows, found, strict=True):
        where = first.setdefault(key(one), row.where)
        if where != row.where:
            raise ContentRefused(f"{path}：{row.where}和{where}都是 {key(one)}")


def _known(model: Any, field: str, values: Sequence[str]) -> set[str]:  # noqa: ANN401  # any of the three
    wanted, known = sorted({value for value in values if value}), set[str]()
    for start in range(0, len(wanted), _PIECE):
        piece = {f"{field}__in": wanted[start : start + _PIECE]}
        known.update(model.objects.filter(**piece).values_list(field, flat=True))
    return known
