"""`quarantine`: records that could not be stored or counted; looked at, mended, replayed, dropped."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sync.central.commands import Commands, refuse
from sync.command_line import why
from sync.protocol.events import MAX_LINE_BYTES, digest_of

if TYPE_CHECKING:
    from sync.central.core.models import Quarantine


def add(commands: Commands) -> None:
    """Add these commands."""
    actions = commands.add_parser("quarantine", help="放在一边的记录").add_subparsers(required=True, metavar="动作")
    list_ = actions.add_parser("list", help="列出等待处理的记录")
    list_.add_argument("--station", default="", metavar="编号", help="只看这个驿站")
    list_.add_argument("--all", action="store_true", help="处理过的也列出")
    list_.set_defaults(run=_list, only_looks=True)
    show = actions.add_parser("show", help="一条记录的来历和原文")
    show.add_argument("id", type=int)
    show.add_argument("--raw", action="store_true", help="只把原文逐字节写到标准输出，用来存成文件修改")
    show.set_defaults(run=_show, only_looks=True)
    replay = actions.add_parser("replay", help="补录，原样或改过")
    replay.add_argument("id", type=int)
    replay.add_argument("--line", metavar="文件", help="改过的一行，- 为标准输入；不给则用原文")
    replay.set_defaults(run=_replay)
    drop = actions.add_parser("drop", help="不再处理；原文仍然留着")
    drop.add_argument("id", type=int)
    drop.add_argument("--why", required=True, metavar="理由")
    drop.set_defaults(run=_drop)


def printable(text: str) -> str:
    """Text that a terminal may be given: what cannot be seen is escaped, undecodable bytes (surrogates) too."""
    return "".join(_escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    code = ord(letter)
    if letter == "\\":
        return "\\\\"
    if letter.isprintable():
        return letter
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{{{code:x}}}"


def _list(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.core.models import Quarantine
    from sync.central.core.repair.quarantine import list_records, state_of

    records = list_records(options.station, resolved_too=options.all).defer("line")
    count = 0
    for record in records.iterator(chunk_size=500):
        count += 1
        received = timezone.localtime(record.received_at)
        print(
            f"{record.pk}  {received:%Y-%m-%d %H:%M}  {record.journal.station_id} {record.journal.station.name}"
            f"  序号 {record.seq}  {Quarantine.Why(record.why).label} {record.code}  {state_of(record)}"
        )
    print(f"共 {count} 条", file=sys.stderr)
    return 0


def _show(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.core.models import Quarantine
    from sync.central.core.repair.quarantine import get_record, state_of

    record = get_record(options.id)
    line = bytes(record.line)
    if options.raw:
        if sys.stdout.isatty():
            return refuse("原文可能含有控制字符，请写到文件：--raw > 文件")
        sys.stdout.buffer.write(line)
        return 0
    state = state_of(record)
    if record.resolved_at:
        state += f"，{timezone.localtime(record.resolved_at):%Y-%m-%d %H:%M}，{printable(record.note)}"
    for name, value in (
        ("编号", record.pk),
        ("驿站", f"{record.journal.station_id} {record.journal.station}"),
        ("日志", f"{record.journal.epoch}，序号 {record.seq}"),
        ("收到", f"{timezone.localtime(record.received_at):%Y-%m-%d %H:%M:%S}"),
        ("原因", f"{Quarantine.Why(record.why).label}（{record.why}），代码 {record.code}"),
        ("说明", printable(record.detail)),
        ("状态", state),
        ("摘要", record.digest),
        (_name_of(record, line), printable(line.decode(errors="surrogateescape"))),
    ):
        print(f"{name}：{value}")
    return 0


def _name_of(record: Quarantine, line: bytes) -> str:
    words = "原文" if record.digest == digest_of(line) else "原文太长，只留了开头"
    return f"{words}，{len(line)} 字节"


def _replay(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.core.repair.quarantine import replay

    line: bytes | None = None
    try:
        if options.line == "-":
            line = sys.stdin.buffer.read(MAX_LINE_BYTES + 2)
        elif options.line is not None:
            with Path(options.line).open("rb") as file:
                line = file.read(MAX_LINE_BYTES + 2)
        replay(options.id, line, timezone.now())
    except OSError as fault:
        return refuse(f"{options.line} 读不了：{why(fault)}")
    print(f"记录 {options.id} 已补录")
    return 0


def _drop(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.core.repair.quarantine import drop

    drop(options.id, options.why, timezone.now())
    print(f"记录 {options.id} 不再处理，原文留着")
    return 0
