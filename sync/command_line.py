"""Command lines in one language: what argparse says in English, in Chinese, for programs that speak Chinese."""

from __future__ import annotations

import argparse
import errno
import re
import sys
from typing import Any, Final, NoReturn

_SAID: Final = (
    (r"the following arguments are required: (.+)", r"还要写上：\1"),
    (r"unrecognized arguments: (.+)", r"不认识：\1"),
    (r"one of the arguments (.+) is required", r"\1 要写一个"),
    (r"argument (.+?): invalid choice: (.+?) \(choose from (.+)\)", r"\1：没有 \2，可以写 \3"),
    (r"argument (.+?): invalid (?:\w+) value: (.+)", r"\1：\2 用不了"),
    (r"argument (.+?): expected one argument", r"\1：后面要写一个值"),
    (r"argument (.+?): expected at least one argument", r"\1：后面至少要写一个值"),
    (r"argument (.+?): expected (\d+) arguments", r"\1：后面要写 \2 个值"),
    (r"argument (.+?): not allowed with argument (.+)", r"\1 不能和 \2 一起用"),
    (r"argument (.+?): ignored explicit argument (.+)", r"\1：不能有值 \2"),
    (r"ambiguous option: (.+?) could match (.+)", r"\1 不清楚是 \2 中的哪一个"),
    (r"argument (.+?): (.+)", r"\1：\2"),
)


_WHY: Final = {
    errno.ENOENT: "找不到", errno.EACCES: "没有权限", errno.EPERM: "不允许", errno.EEXIST: "已经有了",
    errno.ENOTDIR: "路径中间有一段不是文件夹", errno.EISDIR: "是文件夹，不是文件", errno.ENOSPC: "磁盘满了",
    errno.EROFS: "磁盘只能读", errno.EIO: "磁盘读写出错", errno.EADDRINUSE: "已被别的程序占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址", errno.ENAMETOOLONG: "名称太长",
}


def why(fault: OSError) -> str:
    """What the system says of a file or port, in Chinese."""
    return _WHY.get(fault.errno or 0, f"系统错误 {fault.errno}" if fault.errno else "系统错误")


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:  # noqa: ANN401
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class ChineseParser(argparse.ArgumentParser):
    """A parser all of whose words are Chinese; so are those of its commands."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401  # argparse's own
        named.setdefault("formatter_class", _Formatter)
        super().__init__(*given, **{**named, "add_help": False})
        self._positionals.title, self._optionals.title = "参数", "选项"
        if named.get("add_help", True):
            self.add_argument("-h", "--help", action="help", default=argparse.SUPPRESS, help="显示这些说明")

    def error(self, message: str) -> NoReturn:
        """End with 2 and what is wrong."""
        for said, words in _SAID:
            found = re.fullmatch(said, message, re.DOTALL)
            if found:
                message = found.expand(words)
                break
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}：{message}\n")


