"""`yizhan-central`: the office from the command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

import django
from django.core.exceptions import ImproperlyConfigured

from sync.central.commands import consult, files, office, quarantine, refuse, repair, stations, users
from sync.central.folder import data_folder, prepare_folder

_SUBJECTS: Final = (office, stations, files, users, consult, quarantine, repair)    # as --help lists them


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it did what was asked, 2 if not."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync.central.settings")
    os.umask(0o077)     # what the office keeps is nobody else's to read
    try:
        prepare_folder(data_folder())
        django.setup()
    except (ImproperlyConfigured, OSError) as fault:
        return refuse(str(fault))
    from django.db import Error  # noqa: PLC0415  # after Django is set up

    from sync.central.databases import BEHIND, is_behind, words_of  # noqa: PLC0415

    try:
        if not options.takes_any_database and is_behind():
            return refuse(BEHIND)
        return int(options.run(options))
    except Error as fault:
        return refuse(words_of(fault))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yizhan-central", description="总工会端")
    parser.set_defaults(takes_any_database=False)
    commands = parser.add_subparsers(required=True, metavar="命令")
    for subject in _SUBJECTS:
        subject.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
