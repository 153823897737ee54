"""The commands of `yizhan-central`, a module for each subject; `__main__` lists them.

A module has `add(commands)`, which puts its commands into the parser, each with a function that
runs it: 0 if it did what was asked, 2 if not; a SyncError that it raises is said in words with its code.
Nothing of Django's is imported before that. Defaults say what a command needs: `only_looks` makes no file,
`makes_folder` may begin without a data folder, `takes_any_database` with any database.
"""

from __future__ import annotations

import argparse
import sys
from typing import Protocol

from sync.protocol.errors import SyncError


class Commands(Protocol):
    """What a command adds itself to."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002  # argparse calls it so
        """A parser for one more command."""
        ...


def refuse(words: str) -> int:
    """Say why it was not done; the exit code of that."""
    print(f"yizhan-central: {words}", file=sys.stderr)
    return 2


def run(options: argparse.Namespace) -> int:
    """Run the command that was asked for; what is refused is said with the next step and the handbook's code."""
    try:
        return int(options.run(options))
    except SyncError as fault:
        return refuse(f"{fault.detail or '没有做成'}。{fault.next_step}（{fault.code}）")
