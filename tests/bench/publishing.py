"""Fills an office for a bench, in a process of its own: `python -m tests.bench.publishing KIND FIRST COUNT`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Final

from tests.bench import records
from tests.central.live import LiveOffice

KINDS: Final = {"pages": records.pages, "copies": records.copies}
_AT_ONCE: Final = 5_000


def add_stations(office: LiveOffice, count: int) -> dict[str, str]:
    """Create stations; one-time enrolment codes by station."""
    return json.loads(_run(office, "stations", 1, count))


def publish_to(office: LiveOffice, kind: str, first: int, count: int) -> None:
    """Publish this many documents to everybody, past the office's own front door."""
    _run(office, kind, first, count)


def _run(office: LiveOffice, kind: str, first: int, count: int) -> str:
    environment = {
        **os.environ, "YIZHAN_CENTRAL_DATA": str(office.folder), "YIZHAN_DATABASE_URL": office.database_url,
    }
    command = [sys.executable, "-m", "tests.bench.publishing", kind, str(first), str(count)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout


def main(kind: str, first: int, count: int) -> None:
    """Publish in steps that neither memory nor other writers feel."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "sync.central.settings"
    import django

    django.setup()
    if kind == "stations":
        print(json.dumps(dict(_codes(first, count))))
        return
    from sync.central.core.publishing.documents import EVERYBODY, publish

    documents = KINDS[kind](first, count)
    while step := list(islice(documents, _AT_ONCE)):
        publish(EVERYBODY, step)


def _codes(first: int, count: int) -> Iterator[tuple[str, str]]:
    from django.utils import timezone

    from sync.central.core.enrolment import issue_code
    from sync.central.core.stations import add_station
    from sync.protocol.documents import StationSettings

    for number in range(first, first + count):
        name = f"330502-{number:05}"
        station = add_station(StationSettings(station=name, name=f"驿站 {number}", place="", region="330502"))
        yield name, issue_code(station, timezone.now())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
