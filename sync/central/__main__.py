"""`yizhan-central`: the office from the command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

import django
from django.core.exceptions import ImproperlyConfigured

from sync.central.commands import (
    consult,
    contents,
    files,
    office,
    quarantine,
    refuse,
    releases,
    repair,
    run,
    stations,
    users,
)
from sync.central.folder import data_folder, prepare_folder
from sync.command_line import ChineseParser, why

# As --help lists them.
_SUBJECTS: Final = (office, stations, contents, files, users, consult, releases, quarantine, repair)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it did what was asked, 2 if not."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync.central.settings")
    os.umask(0o077)     # what the office keeps is nobody else's to read
    folder = data_folder()
    if not folder.exists() and not options.makes_folder:
        return refuse(f"数据文件夹 {folder} 不存在。请检查 YIZHAN_CENTRAL_DATA，或先运行 yizhan-central migrate 新建")
    try:
        if not folder.exists():
            print(f"数据文件夹 {folder} 还不存在，现在新建", file=sys.stderr)
        if not options.only_looks:
            prepare_folder(folder)
        django.setup()
    except ImproperlyConfigured as fault:
        return refuse(str(fault))
    except OSError as fault:
        return refuse(f"数据文件夹 {folder} 用不了：{why(fault)}")
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    from django.db import Error  # noqa: PLC0415  # after Django is set up

    from sync.central.databases import BEHIND, is_behind, words_of  # noqa: PLC0415

    try:
        if not options.takes_any_database and is_behind():
            return refuse(BEHIND)
        return run(options)
    except Error as fault:
        return refuse(words_of(fault))
    except KeyboardInterrupt:
        print("yizhan-central: 已中断", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = ChineseParser(prog="yizhan-central", description="总工会端")
    parser.set_defaults(takes_any_database=False, only_looks=False, makes_folder=False)
    commands = parser.add_subparsers(required=True, metavar="命令")
    for subject in _SUBJECTS:
        subject.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
