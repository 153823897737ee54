"""`poster`, `title`, `copy`: what the office publishes, from JSON or CSV files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from sync.central.commands import Commands, refuse


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
    remove = title.add_parser("remove", help="撤下书目；还有书用它就不撤")
    remove.add_argument("isbn", metavar="ISBN", help="13 位，title add 登记的")
    remove.set_defaults(run=_remove_title)
    copy = commands.add_parser("copy", help="贴了标签的书").add_subparsers(required=True, metavar="动作")
    _add_file(copy, "登记贴了标签的书", _add_copies)
    remove = copy.add_parser("remove", help="撤下一册书；借在外面的，等还回来再撤")
    remove.add_argument("label", metavar="标签", help="标签上的漂流编号")
    remove.add_argument("--on-loan", action="store_true", help="借在外面也撤，收不回来的时候用")
    remove.set_defaults(run=_remove_copy)


def _add_file(actions: Commands, words: str, run: object) -> None:
    command = actions.add_parser("add", help=f"{words}。文件有一处不对，就一条也不发布")
    command.add_argument("file", type=Path, metavar="文件", help=".json 或 .csv；各列见手册")
    command.set_defaults(run=run)


def _add_posters(options: argparse.Namespace) -> int:
    from sync.central.core.publishing.posters import add_posters

    taken = add_posters(options.file)
    return _said(f"发布了 {taken.rows} 张海报，驿站下次同步时显示", taken.remarks)


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

    taken = titles_from(options.file)
    return _said(f"登记了 {taken.rows} 种书", taken.remarks)


def _add_copies(options: argparse.Namespace) -> int:
    from sync.central.library.shelving import copies_from

    taken = copies_from(options.file)
    return _said(f"登记了 {taken.rows} 册书，驿站下次同步时可以借", taken.remarks)


def _said(words: str, remarks: Sequence[str]) -> int:
    """Say what was done, and of what was there already or had to be cut, each."""
    print(words)
    for remark in remarks:
        print(f"  {remark}")
    return 0


def _remove_title(options: argparse.Namespace) -> int:
    from sync.central.library.withdrawing import remove_title

    print(f"书目 {options.isbn}《{remove_title(options.isbn)}》已撤下")
    return 0


def _remove_copy(options: argparse.Namespace) -> int:
    from devices.codes import parse_label
    from devices.errors import LabelError
    from sync.central.library.withdrawing import remove_copy

    try:
        label = parse_label(options.label)
    except LabelError:
        return refuse(f"标签 {options.label} 不对：要像 YZ 0004217-2，七位数字和一位校验码")
    if remove_copy(label, on_loan=options.on_loan):
        print(f"标签 {label} 已撤下，这本书还借在外面")
        print("  还回来时驿站照样收，当作没登记过的书；再用 copy add 登记，漂流路线接着算")
    else:
        print(f"标签 {label} 已撤下，驿站下次同步时不再显示")
    return 0
