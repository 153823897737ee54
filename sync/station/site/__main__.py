"""yizhan-site: sets the machine up by the site file, and tells what is wrong with one."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sync.command_line import ChineseParser, why

from .apply import Places, apply
from .errors import SiteFileWrong
from .schema import read_site
from .words import words_of


def main(arguments: Sequence[str] | None = None) -> int:
    """0, 1 if the file is wrong, 2 for a wrong word."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        return int(options.run(options))
    except SiteFileWrong as wrong:
        print(f"{wrong.code}：{wrong.next_step}", file=sys.stderr)
        print("\n".join(words_of(fault) for fault in wrong.faults), file=sys.stderr)
        return 1
    except OSError as cause:
        print(f"{cause.filename}：{why(cause)}", file=sys.stderr)
        return 1


def _apply(options: argparse.Namespace) -> int:
    places = replace(Places(), **{name: getattr(options, name) for name in ("kept", "boot") if getattr(options, name)})
    faults = places.run / "yizhan" / "site.faults"
    faults.parent.mkdir(parents=True, exist_ok=True)
    faults.unlink(missing_ok=True)
    try:
        apply(places)
    except SiteFileWrong as wrong:
        faults.write_text(wrong.detail + "\n", encoding="utf-8")
        raise
    return 0


def _check(options: argparse.Namespace) -> int:
    read_site(options.file)
    print("可以用")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = ChineseParser(prog="yizhan-site", description="这个站点的设置：网络、屏幕、总工会网址")
    commands = parser.add_subparsers(required=True, metavar="命令")
    applying = commands.add_parser("apply", help="按 U 盘或启动分区上的 site.toml 设置本机，开机时运行")
    applying.add_argument("--kept", type=Path, metavar="文件夹", help="保存设置的文件夹")
    applying.add_argument("--boot", type=Path, metavar="文件夹", help="启动分区")
    applying.set_defaults(run=_apply)
    checking = commands.add_parser("check", help="看看一个 site.toml 能不能用")
    checking.add_argument("file", type=Path, metavar="文件")
    checking.set_defaults(run=_check)
    return parser


if __name__ == "__main__":
    sys.exit(main())
