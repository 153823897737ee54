"""Fills an office for a bench, in a process of its own: `python -m tests.bench.publishing KIND FIRST COUNT`."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import islice
from typing import Final

from tests.bench import records
from tests.central.live import LiveOffice

KINDS: Final = {"pages": records.pages, "copies": records.copies}
_AT_ONCE: Final = 5_000


def publish_to(office: LiveOffice, kind: str, first: int, count: int) -> None:
    """Publish this many documents to everybody, past the office's own front door."""
    environment = {
        **os.environ, "YIZHAN_CENTRAL_DATA": str(office.folder), "YIZHAN_DATABASE_URL": office.database_url,
    }
    subprocess.run(
        [sys.executable, "-m", "tests.bench.publishing", kind, str(first), str(count)], env=environment, check=True,
    )


def main(kind: str, first: int, count: int) -> None:
    """Publish in steps that neither memory nor other writers feel."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "sync.central.settings"
    import django

    django.setup()
    from sync.central.core.publishing import EVERYBODY, publish

    documents = KINDS[kind](first, count)
    while step := list(islice(documents, _AT_ONCE)):
        publish(EVERYBODY, step)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
