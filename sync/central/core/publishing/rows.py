"""Rows of a JSON or CSV file, each with its place in it; faults are collected and told together."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from sync.command_line import why
from sync.protocol.errors import SyncError

MAX_BYTES: Final = 64 * 1024 * 1024
_MOST_TOLD: Final = 20
_ENCODINGS: Final = ("utf-8-sig", "gb18030")    # the latter is what Excel saves in China
T = TypeVar("T")


class ContentRefused(SyncError):
    """A file cannot be published; `detail` says why, a line for each fault. Nothing of it was taken."""

    code = "OFFICE-CONTENT"
    next_step = "请改正后再运行一次，现在一条也没有发布"


class Wrong(ValueError):
    """One value cannot be used; the text says why."""


class Taken(NamedTuple):
    """How many rows of a file were taken, and a line for each that changed what was there or was cut."""

    rows: int
    remarks: list[str]


class Row(NamedTuple):
    """One row, and where in the file it is."""

    where: str
    values: dict[str, Any]


def read_rows(path: Path, names: Collection[str]) -> list[Row]:
    """The rows of a file, with no other fields than these; raises ContentRefused."""
    kind = path.suffix.lower()
    if kind not in {".json", ".csv"}:
        raise ContentRefused(f"{path}：只能用 .json 或 .csv 文件")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as cause:
        raise ContentRefused(f"{path} 读不了：{why(cause)}") from cause
    if len(content) > MAX_BYTES:
        raise ContentRefused(f"{path}：文件不能超过 {MAX_BYTES // 1024**2} MB")
    try:
        rows = (_json_rows if kind == ".json" else _csv_rows)(content)
    except Wrong as cause:
        raise ContentRefused(f"{path}：{cause}") from cause
    if not rows:
        raise ContentRefused(f"{path}：里面没有内容")
    made(rows, lambda values: _check_names(values, names), path)
    return rows


def made(rows: Sequence[Row], make: Callable[[dict[str, Any]], T], path: Path) -> list[T]:
    """What is made of each row; raises ContentRefused with every fault."""
    good: list[T] = []
    faults: list[str] = []
    for row in rows:
        try:
            good.append(make(row.values))
        except Wrong as fault:
            faults.append(f"{row.where}：{fault}")
    if faults:
        told = faults[:_MOST_TOLD] + ([f"……共 {len(faults)} 处"] if len(faults) > _MOST_TOLD else [])
        raise ContentRefused(f"{path}：\n" + "\n".join(told) + "\n")
    return good


def text(values: dict[str, Any], name: str, most: int, *, needed: bool = False) -> str:
    """A text of so many characters; raises Wrong."""
    value = values.get(name, "")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)      # an ISBN without quotation marks
    if not isinstance(value, str):
        raise Wrong(f"{name} 要写成文字")
    value = value.strip()
    if needed and not value:
        raise Wrong(f"缺少 {name}")
    if len(value) > most:
        raise Wrong(f"{name} 有 {len(value)} 个字，最多 {most} 个")
    if not value.isprintable():
        raise Wrong(f"{name} 里有看不见的字符或换行")
    return value


def number(values: dict[str, Any], name: str, lowest: int, highest: int) -> int | None:
    """A whole number, None if there is none; raises Wrong."""
    value = values.get(name)
    if value is None or value == "":
        return None
    plain = str(value).strip()
    if isinstance(value, bool) or not (plain.isascii() and plain.isdigit() and lowest <= int(plain) <= highest):
        raise Wrong(f"{name} 要写成 {lowest} 到 {highest} 的整数，不是 {value}")
    return int(plain)


def _check_names(values: dict[str, Any], names: Collection[str]) -> None:
    for name in values:
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            raise Wrong(f"不认识 {name}" + (f"，是不是 {near[0]}" if near else f"，可以有 {'、'.join(names)}"))


def _json_rows(content: bytes) -> list[Row]:
    try:
        found: Any = msgspec.json.decode(_decoded(content))
    except (msgspec.DecodeError, RecursionError) as cause:
        raise Wrong(f"不是正确的 JSON（{cause}）") from cause
    rows: list[Any] = found if isinstance(found, list) else [found]
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise Wrong(f"第 {place} 条：要写成 {{…}}")
    return [Row(f"第 {place} 条", row) for place, row in enumerate(rows, 1)]


def _csv_rows(content: bytes) -> list[Row]:
    reader = csv.DictReader(io.StringIO(_decoded(content), newline=""), strict=True)
    try:
        heads = [head.strip() for head in reader.fieldnames or []]
        if not all(heads) or len(set(heads)) != len(heads):
            raise Wrong("第 1 行要写各列的名称，每列一个，不重复")
        reader.fieldnames = heads
        rows: list[Row] = []
        for row in reader:
            where = f"第 {reader.line_num} 行"
            if None in row or None in row.values():
                raise Wrong(f"{where}：列数和第 1 行不同")
            rows.append(Row(where, {name: cell for name, cell in row.items() if cell.strip()}))
    except csv.Error as cause:
        raise Wrong(f"第 {reader.line_num} 行：不是正确的 CSV（{cause}）") from cause
    return [row for row in rows if row.values]


def _decoded(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Wrong("文字编码不是 UTF-8，也不是 GB18030")
