"""yizhan-host: the small root program behind the door to the machine."""

from __future__ import annotations

import argparse
import grp
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from sync.command_line import ChineseParser

from .errors import HostError
from .machine import Machine
from .screen import read_screen, show_screen
from .server import Door, inherited, listen
from .table import SOCKET


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped, or show the screen as it is kept; 0, 1 for a fault of the machine, 2 for a wrong word."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        return int(options.run(options))
    except HostError as fault:
        print(f"{fault.code}：{fault.next_step}（{fault.detail}）", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _serve(options: argparse.Namespace) -> int:
    try:
        group = grp.getgrnam(options.group).gr_gid
    except KeyError:
        print(f"没有用户组 {options.group}", file=sys.stderr)
        return 2
    with inherited() or listen(options.socket, group) as listener:
        Door(listener, group, Machine(options.updates, options.site).do).serve()
    return 0


def _show(options: argparse.Namespace) -> int:
    show_screen(read_screen(options.site))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = ChineseParser(prog="yizhan-host", description="驿站程序与这台机器之间的门，由 root 运行")
    commands = parser.add_subparsers(required=True, metavar="命令")
    serving = commands.add_parser("serve", help="等驿站的程序来问，直到被停止")
    serving.add_argument("--socket", type=Path, default=Path(SOCKET), metavar="路径", help="自己开的套接字")
    serving.add_argument("--group", default="yizhan", metavar="组", help="谁可以来问")
    serving.add_argument("--updates", type=Path, default=Path("/data/updates"), metavar="文件夹", help="更新包所在")
    serving.set_defaults(run=_serve)
    showing = commands.add_parser("screen", help="按保存的方向和触摸校准设置屏幕，X 启动后运行")
    showing.set_defaults(run=_show)
    for command in commands.choices.values():
        command.add_argument("--site", type=Path, default=Path("/data/site"), metavar="文件夹", help="本站设置所在")
    return parser


if __name__ == "__main__":
    sys.exit(main())
