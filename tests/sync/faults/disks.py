"""What happens to a station's disk: full, read-only, copied, restored."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from contextlib import contextmanager

from sync.station.identity import store_path

from .invariants import read_journal
from .ledger import fact_of
from .outcomes import NotPermitted
from .play import SPENT, Play
from .processes import fork, limit_files, wait
from .world import StationFolder, copy_disk


@contextmanager
def read_only(folder: StationFolder) -> Generator[None]:
    """The machine's disk can be read and not written; raises NotPermitted."""
    command = ["mount", "--bind", "-o", "ro", folder.data, folder.data]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise NotPermitted("only root may mount a read-only disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder.data], check=True)


def fill(play: Play, folder: StationFolder, room_bytes: int) -> None:
    """A kiosk that appends until its disk is full, and an agent that has no more room than it."""
    limit = store_path(folder.data).stat().st_size + room_bytes

    def append() -> None:
        from sync.station.errors import StoreError

        limit_files(limit)
        try:
            folder.kiosk.append(400, skew_s=folder.skew_s)
        except StoreError as fault:
            print(fault)

    child = fork(append, play.town.log)
    folder.kiosk.skip(SPENT)
    play.ended(wait(child), "kiosk")
    play.ended(wait(play.agent(folder, 2, file_bytes=limit)), "agent")


def restore(play: Play, folder: StationFolder) -> None:
    """Put the machine's copied disk back, if there is one."""
    if folder.copy is not None:
        play.may_fork = True
        folder.restore(play.town.office_side().facts(folder.station))
        play.hits["station restored"] += 1


def clone(play: Play, original: StationFolder, install: str) -> StationFolder:
    """A copy of a disk in another machine, on a line of its own."""
    name = play.town.spare_names[0]
    return _copied(play, original, play.town.add_folder(name, original.station, install))


def twin(play: Play, original: StationFolder) -> StationFolder:
    """A copy of a disk in a machine that cannot be told from the first, on the same line."""
    return _copied(play, original, play.town.share_line(original, f"twin-{len(play.folders)}"))


def _copied(play: Play, original: StationFolder, copy: StationFolder) -> StationFolder:
    play.may_fork = True
    copy_disk(original.data, copy.data)
    copy.skew_s = original.skew_s
    for fact in original.ledger.tried():
        copy.ledger.tries(fact)
    for row in read_journal(store_path(original.data)):
        if row.state == "pending":
            copy.ledger.done(fact_of(row.body))
    return copy
