"""`snapshot`, `blob`: the files that stations fetch."""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Final

from sync.central.commands import Commands, refuse
from sync.command_line import why

_GRACE_DAYS: Final = 7


def add(commands: Commands) -> None:
    """Add these commands."""
    commands.add_parser("snapshot", help="制作首次同步用的快照（只做过期的）").set_defaults(run=_snapshot)
    blob = commands.add_parser("blob", help="图片等文件").add_subparsers(required=True, metavar="动作")
    add_ = blob.add_parser("add", help="收进文件，显示各文件的 SHA-256")
    add_.add_argument("files", nargs="+", type=Path, metavar="文件")
    add_.set_defaults(run=_blob_add)
    blob.add_parser("list", help="列出文件；“未用”的没有任何内容用到").set_defaults(
        run=_blob_list, only_looks=True
    )
    clean = blob.add_parser("clean", help="删除未用的文件")
    clean.add_argument("--days", type=int, default=_GRACE_DAYS, help=f"只删除收进这么多天以上的；默认 {_GRACE_DAYS}")
    clean.set_defaults(run=_blob_clean)


def _snapshot(_options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.core.publishing.snapshots import refresh_snapshots

    try:
        print(f"新做了 {refresh_snapshots(timezone.now())} 个快照")
    except OSError as fault:
        return refuse(f"快照写不了：{why(fault)}")
    return 0


def _blob_add(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.core.publishing.blobs import add_blob

    for path in options.files:
        try:
            blob = add_blob(path, timezone.now())
        except OSError as fault:
            return refuse(f"{path}：{why(fault)}")
        print(f"{blob.sha256}  {blob.media_type}  {blob.size}  {blob.name}")
    return 0


def _blob_list(_options: argparse.Namespace) -> int:
    from sync.central.core.publishing.blobs import list_blobs

    for blob, is_needed, has_file in list_blobs():
        state = ("在用" if is_needed else "未用") + ("" if has_file else "，缺失（请重新 blob add）")
        print(f"{blob.sha256}  {blob.media_type}  {blob.size}  {state}  {blob.name}")
    return 0


def _blob_clean(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.core.publishing.blobs import remove_unneeded

    if options.days < 0:
        return refuse("--days 不能小于 0")
    print(f"删除了 {remove_unneeded(timezone.now() - timedelta(days=options.days))} 个文件")
    return 0
