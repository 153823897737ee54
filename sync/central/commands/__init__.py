"""The commands of `yizhan-central`, a module for each subject; `__main__` lists them.

A module has `add(commands)`, which puts its commands into the parser, each with a function that
runs it: 0 if it did what was asked, 2 if not. Nothing of Django's is imported before that.
"""

from __future__ import annotations

import argparse
import sys
from typing import Protocol


class Commands(Protocol):
    """What a command adds itself to."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002  # argparse calls it so
        """A parser for one more command."""
        ...


def refuse(words: str) -> int:
    """Say why it was not done; the exit code of that."""
    print(f"yizhan-central: {words}", file=sys.stderr)
    return 2
