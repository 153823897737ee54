"""`rebuild`, `after-restore`: what is run when something went wrong."""

from __future__ import annotations

import argparse

from sync.central.commands import Commands
from sync.central.folder import in_use


def add(commands: Commands) -> None:
    """Add these commands."""
    rebuild = commands.add_parser("rebuild", help="从驿站的记录重新计算全部统计，可在运行中做")
    rebuild.set_defaults(run=_rebuild)
    restore = commands.add_parser("after-restore", help="从备份恢复数据库之后、启动之前运行一次")
    restore.set_defaults(run=_after_restore)


def _rebuild(_options: argparse.Namespace) -> int:
    from sync.central.core.repair.rebuilding import rebuild

    rebuild(lambda words: print(words, flush=True))
    print("统计已全部重算。中途断了也不要紧，再运行一次即可")
    return 0


def _after_restore(_options: argparse.Namespace) -> int:
    from django.conf import settings

    from sync.central.core.repair.restoring import after_restore

    with in_use(settings.YIZHAN_DATA, alone=True):
        restored = after_restore()
    print(
        "已记下：数据库是从备份恢复的。接下来：\n"
        f"· {restored.stations} 个驿站下次同步时会核对全部内容，并把备份之后的记录重新上传，不会重复计数；\n"
        "  驿站保留最近 90 天已上传的记录\n"
        f"· 备份里还没用过的 {restored.codes} 个登记码已作废，需要的请重新生成\n"
        "· 备份之后登记的驿站要重新登记；备份之后停用的驿站请再停用一次\n"
        "· 备份之后发布的内容、新建的账号和处理过的记录不会自己回来，请重做\n"
        "现在可以启动总工会端。如果它还在别的机器上运行，请先停止那里的，再运行一次本命令"
    )
    return 0
