"""`release`, `fleet`: programs for stations, and who may let them out."""

from __future__ import annotations

import argparse
from pathlib import Path

from sync.central.commands import Commands, refuse
from sync.command_line import why

_WHO = "命令行"


def add(commands: Commands) -> None:
    """Add these commands."""
    release = commands.add_parser("release", help="驿站的程序").add_subparsers(required=True, metavar="动作")
    add_ = release.add_parser("add", help="收进更新包；还不会放给任何驿站")
    add_.add_argument("file", type=Path, metavar="文件", help=".raucb 更新包")
    add_.add_argument("--version", required=True, metavar="版本", help="如 2026.12.1，要和包里写的一样")
    add_.add_argument("--downgrade", action="store_true", help="允许装到版本更新的驿站上；包的签名也要允许")
    add_.set_defaults(run=_add)
    ring = release.add_parser("ring", help="放给多少驿站")
    ring.add_argument("version", metavar="版本")
    ring.add_argument("percent", type=int, metavar="百分比", help="1、10、100")
    ring.add_argument("--region", action="append", default=[], metavar="区划", help="只放给这些区划；可以写几次")
    ring.set_defaults(run=_ring)
    for name, words, run in (("pause", "暂停", _pause), ("resume", "继续", _resume), ("withdraw", "撤回", _withdraw)):
        command = release.add_parser(name, help=words)
        command.add_argument("version", metavar="版本")
        command.set_defaults(run=run)
    release.add_parser("list", help="列出版本").set_defaults(run=_list, only_looks=True)
    fleet = commands.add_parser("fleet", help="谁管更新和驿站").add_subparsers(required=True, metavar="动作")
    for name, words in (("allow", "让这个账号管更新、给驿站下命令"), ("deny", "不再让它管")):
        command = fleet.add_parser(name, help=words)
        command.add_argument("user", metavar="账号")
        command.set_defaults(run=_allow, take_away=name == "deny")


def _add(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.fleet.releasing import add_release

    try:
        release = add_release(
            options.file, options.version, _WHO, timezone.now(), is_downgrade_allowed=options.downgrade
        )
    except OSError as fault:
        return refuse(f"{options.file}：{why(fault)}")
    print(f"收进了版本 {release.version}，{release.size} 字节；用 release ring 或网页放出去")
    return 0


def _ring(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.fleet.releasing import change_ring

    change_ring(options.version, options.percent, options.region, _WHO, timezone.now())
    print(f"版本 {options.version} 放到 {options.percent}%，驿站下次同步时知道")
    return 0


def _pause(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.fleet.releasing import pause

    pause(options.version, _WHO, timezone.now())
    print(f"版本 {options.version} 暂停了")
    return 0


def _resume(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.fleet.counting import failures_of
    from sync.central.fleet.releasing import resume

    resume(options.version, _WHO, timezone.now(), len(failures_of(options.version)))
    print(f"版本 {options.version} 继续放出")
    return 0


def _withdraw(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from sync.central.fleet.releasing import take_back

    take_back(options.version, _WHO, timezone.now())
    print(f"版本 {options.version} 撤回了，用着它的驿站夜里退回上一版")
    return 0


def _list(_options: argparse.Namespace) -> int:
    from sync.central.fleet.lines import in_use, release_lines

    for line in release_lines(in_use()):
        print(
            f"{line.version}  {line.words}  {line.percent}%  {line.regions or '所有地方'}  "
            f"轮到 {line.reached}  用上了 {line.committed}  失败 {line.failed}"
        )
    return 0


def _allow(options: argparse.Namespace) -> int:
    from django.contrib.auth.models import User

    from sync.central.commands.users import UserRefused
    from sync.central.fleet.roles import allow

    user = User.objects.filter(username=options.user).first()
    if user is None:
        raise UserRefused(f"没有账号 {options.user}")
    allow(user, take_away=options.take_away)
    print(f"账号 {options.user} {'不再管' if options.take_away else '可以管'}更新和驿站命令")
    return 0
