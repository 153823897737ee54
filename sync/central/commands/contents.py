"""`poster`, `title`, `copy`: what the office publishes, from JSON or CSV files."""

from __future__ import annotations

import argparse
from pathlib import Path

from sync.central.commands import Commands


def add(commands: Commands) -> None:
    """Add these commands."""
    poster = commands.add_parser("poster", help="首页上的海报").add_subparsers(required=True, metavar="动作")
    _add_file(poster, "发布海报；poster 相同的换成新的", _add_posters)
    poster.add_parser("list", help="列出海报").set_defaults(run=_list_posters, only_looks=True)
    remove = poster.add_parser("remove", help="撤下海报")
    remove.add_argument("poster", metavar="海报")
    remove.set_defaults(run=_remove_poster)
    title = commands.add_parser("title", help="书目").add_subparsers(required=True, metavar="动作")
    _add_file(title, "登记书目；ISBN 相同的换成新的", _add_titles)
    copy = commands.add_parser("copy", help="贴了标签的书").add_subparsers(required=True, metavar="动作")
    _add_file(copy, "登记贴了标签的书", _add_copies)


def _add_file(actions: Commands, words: str, run: object) -> None:
    command = actions.add_parser("add", help=f"{words}。文件有一处不对，就一条也不发布")
    command.add_argument("file", type=Path, metavar="文件", help=".json 或 .csv；各列见手册")
    command.set_defaults(run=run)


def _add_posters(options: argparse.Namespace) -> int:
    from sync.central.core.publishing.posters import add_posters

    print(f"发布了 {add_posters(options.file)} 张海报，驿站下次同步时显示")
    return 0


def _list_posters(_options: argparse.Namespace) -> int:
    from sync.central.core.publishing.posters import list_posters

    for poster in list_posters():
        print(f"{poster.poster}  {' / '.join(poster.lines)}  {poster.palette}" + ("  有图片" if poster.blobs else ""))
    return 0


def _remove_poster(options: argparse.Namespace) -> int:
    from sync.central.core.publishing.posters import remove_poster

    remove_poster(options.poster)
    print(f"海报 {options.poster} 已撤下，驿站下次同步时不再显示")
    return 0


def _add_titles(options: argparse.Namespace) -> int:
    from sync.central.library.shelving import titles_from

    print(f"登记了 {titles_from(options.file)} 种书")
    return 0


def _add_copies(options: argparse.Namespace) -> int:
    from sync.central.library.shelving import copies_from

    print(f"登记了 {copies_from(options.file)} 册书，驿站下次同步时可以借")
    return 0
