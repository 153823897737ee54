"""Posters from files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, NamedTuple, cast, get_args, get_type_hints

from django.db import transaction
from msgspec.structs import replace

from sync.central.core.models import Station
from sync.central.core.regions import is_region
from sync.protocol import documents as docs
from sync.protocol.documents import decode_document
from sync.protocol.limits import NAME_CHARS

from .blobs import BlobRefused, publish_poster
from .documents import EVERYBODY, find_published, publish, published_bodies, scope_of_station, withdraw
from .rows import ContentRefused, Taken, Wrong, made, number, read_rows, text

FIELDS: Final = (
    "poster", "lines", "line1", "line2", "note", "palette", "icon", "order", "picture", "region", "station",
)
MAX_LINE_CHARS: Final = 20
MAX_NOTE_CHARS: Final = 60
_MOST_LINES: Final = 2
_PALETTES: Final[tuple[str, ...]] = get_args(get_type_hints(docs.Poster)["palette"])
_ICON: Final = re.compile(r"[a-z0-9-]{0,64}", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class _Ready(NamedTuple):
    scope: str
    poster: docs.Poster
    picture: str


@transaction.atomic
def add_posters(path: Path) -> Taken:
    """Publish every poster of a file; one that is known is replaced, which is said. Raises ContentRefused."""
    ready = made(read_rows(path, FIELDS), _poster, path)
    if len({one.poster.poster for one in ready}) != len(ready):
        raise ContentRefused(f"{path}：有两张海报的 poster 相同")
    remarks = [remark for one in ready if (remark := _changed(one))]
    for one in ready:
        try:
            if one.picture:
                publish_poster(one.scope, one.poster, one.picture)
            else:
                publish(one.scope, [one.poster])
        except BlobRefused as cause:
            raise ContentRefused(f"{path}：{one.poster.poster}：{cause.detail}，先用 blob add 收进图片") from cause
    return Taken(len(ready), remarks)


def _changed(ready: _Ready) -> str:
    """What is said of a poster that stands in the place of one that is known."""
    for scope, body in published_bodies(docs.Poster.type, ready.poster.poster):
        if scope != ready.scope:
            return f"{ready.poster.poster}：原来给{_place(scope)}看，改成给{_place(ready.scope)}看"
        old = decode_document(docs.Poster, body)
        if replace(old, blobs=ready.poster.blobs) != ready.poster:
            return f"{ready.poster.poster}：换掉了原来的“{' / '.join(old.lines)}”"
    return ""


def _place(scope: str) -> str:
    return f"驿站 {scope[1:]} " if scope.startswith("@") else f"地区 {scope} " if scope else "所有驿站"


def remove_poster(key: str) -> None:
    """Take a poster off every screen; raises ContentRefused if there is none."""
    if not withdraw(docs.Poster.type, key):
        raise ContentRefused(f"没有海报 {key}")


def list_posters() -> list[docs.Poster]:
    """All that are published, in the order they are shown."""
    return sorted(find_published(docs.Poster), key=lambda poster: (poster.order, poster.poster))


def _poster(values: dict[str, Any]) -> _Ready:
    palette = text(values, "palette", NAME_CHARS) or "red"
    if palette not in _PALETTES:
        raise Wrong(f"palette 没有 {palette}，可以写 {'、'.join(_PALETTES)}")
    icon = text(values, "icon", NAME_CHARS)
    if not _ICON.fullmatch(icon):
        raise Wrong("icon 要写图标的名称，如 cup-water")
    picture = text(values, "picture", NAME_CHARS)
    if picture and not _SHA256.fullmatch(picture):
        raise Wrong("picture 要写图片的 SHA-256，blob list 会列出")
    poster = docs.Poster(
        poster=text(values, "poster", NAME_CHARS, needed=True),
        lines=_lines(values),
        note=text(values, "note", MAX_NOTE_CHARS),
        palette=cast("Any", palette),
        icon=icon,
        order=number(values, "order", 0, 9_999) or 0,
    )
    return _Ready(_scope(values), poster, picture)


def _lines(values: dict[str, Any]) -> tuple[str, ...]:
    given = values.get("lines", [values[name] for name in ("line1", "line2") if name in values])
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list) or not 1 <= len(cast("list[Any]", given)) <= _MOST_LINES:
        raise Wrong("lines 要有一行或两行大字；CSV 里写在 line1、line2 两列")
    return tuple(text({"lines": line}, "lines", MAX_LINE_CHARS, needed=True) for line in cast("list[Any]", given))


def _scope(values: dict[str, Any]) -> str:
    region, station = text(values, "region", 6), text(values, "station", NAME_CHARS)
    if region and station:
        raise Wrong("region 和 station 只能写一个")
    if region and not (region.isascii() and region.isdigit() and len(region) in (2, 4, 6) and is_region(region)):
        raise Wrong(f"没有 {region} 这个行政区划")
    if station and not Station.objects.filter(id=station).exists():
        raise Wrong(f"没有编号为 {station} 的驿站")
    return scope_of_station(station) if station else region or EVERYBODY
