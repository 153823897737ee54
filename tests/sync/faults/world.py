"""A small town for one run: its office, its stations, the lines between them, and who works on them."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Sequence, Set
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

from sync.protocol.errors import SyncError
from sync.station.errors import CodeRefused
from sync.station.exchange.enrol import enrol
from sync.station.facts import Standing
from sync.station.identity import INSTALL_VARIABLE, store_path
from sync.station.store import Store
from tests.ports import free_port

from .databases import OfficeDatabase
from .invariants import OfficeSide, StationSide, read_journal
from .kiosk import Kiosk
from .ledger import Ledger, fact_of
from .lines import Lines
from .processes import ForkedOffice, ProcessFailed, command, connect, fork, wait
from .steps import Death, plant
from .weather import Weather

REGIONS: Final = ("330502", "330211", "330502")
LABELS: Final = ("YZ0000001X", "YZ00000028", "YZ00000036", "YZ00000044")
CODE_SPENT: Final = 8
_ENROL_TRIES: Final = 12


class StationFolder:
    """One machine: a folder, an installation, a clock, and a ledger of what its kiosk committed."""

    def __init__(
        self, folder: Path, line: str, station: str, install: str, url: str, seed: str, place: int
    ) -> None:
        self.data = folder
        self.line = line
        self.station = station
        self.install = install
        self.url = url
        self.skew_s = 0.0
        self.turns = 0
        self.forgotten: set[str] = set()    # committed here, and on no disk any more
        self.only_there: set[str] = set()   # … but the office has them
        self.copy: Path | None = None
        self.ledger = Ledger(folder.with_suffix(".ledger"))
        self.kiosk = Kiosk(folder, self.ledger, seed, LABELS, place)

    @property
    def side(self) -> StationSide:
        """For the checker."""
        return StationSide(
            self.station, store_path(self.data), self.ledger.committed(), self.ledger.tried(), self.forgotten
        )

    def failing(self) -> str:
        """What the agent last failed at, empty if all was well."""
        store = Store.open(store_path(self.data))
        try:
            return (store.facts.find(Standing) or Standing()).failing
        finally:
            store.close()

    def back_up(self) -> None:
        """Copy the disk."""
        self.copy = self.data.with_suffix(".copy")
        shutil.rmtree(self.copy, ignore_errors=True)
        copy_disk(self.data, self.copy)

    def restore(self, stored: Set[str]) -> None:
        """Put the copied disk back; what was committed since is forgotten here. `stored` is what the office has."""
        if self.copy is None:
            return
        now = {fact_of(row.body) for row in read_journal(store_path(self.data))}
        then = {fact_of(row.body) for row in read_journal(store_path(self.copy))}
        self.only_there |= (now - then) & stored
        self.forgotten |= now - then - stored
        shutil.rmtree(self.data)
        copy_disk(self.copy, self.data)


def copy_disk(source: Path, sink: Path) -> None:
    """A station's folder as it is on the disk now."""
    sink.mkdir()
    shutil.copytree(source / "keys", sink / "keys")
    with closing(sqlite3.connect(store_path(source))) as here, closing(sqlite3.connect(store_path(sink))) as there:
        here.backup(there)


class Town:
    """Everything of one run; Django is set up in this process, and it has no connection open while it forks."""

    def __init__(self, folder: Path, database: OfficeDatabase, seed: str, silence_s: float) -> None:
        self.folder = folder
        self.database = database
        self.seed = seed
        self._silence_s = silence_s
        self.log = folder / "processes.log"
        self.office = ForkedOffice(folder / "office.log")
        self.lines = Lines(folder, self.office.port)
        self.folders: list[StationFolder] = []
        self._ports: dict[str, int] = {}

    def found(self, count: int, weather: Callable[[str], Weather], spare: int = 1) -> None:
        """An empty office with documents, `count` stations that are not enrolled, and lines for some more."""
        self.database.reset()
        names = [f"3305-{number:02}" for number in range(1, count + spare + 1)]
        self._ports = {name: free_port() for name in names}
        self.at_office(partial(_fill_office, names[:count]))
        self.lines.open({name: (weather(name), port) for name, port in self._ports.items()})
        for name in names[:count]:
            self.add_folder(name, name)

    def add_folder(self, name: str, station: str, install: str = "") -> StationFolder:
        """A machine on the line of this name."""
        url = f"http://127.0.0.1:{self._ports[name]}"
        seed, place = f"{self.seed}-{name}", len(self.folders)
        folder = StationFolder(self.folder / name, name, station, install or name, url, seed, place)
        self.folders.append(folder)
        return folder

    @property
    def spare_names(self) -> list[str]:
        """Lines nobody uses yet."""
        return [name for name in self._ports if not (self.folder / name).exists()]

    def share_line(self, folder: StationFolder, name: str) -> StationFolder:
        """A machine that says it is the same station from the same machine, in a folder of its own."""
        seed, place = f"{self.seed}-{name}", len(self.folders)
        twin = StationFolder(self.folder / name, folder.line, folder.station, folder.install, folder.url, seed, place)
        self.folders.append(twin)
        return twin

    def at_office(self, job: Callable[[], object], death: Death | None = None) -> int:
        """Staff work on the office's database in a process of their own; how that ended."""
        def work() -> None:
            plant(death)
            job()

        return wait(fork(work, self.log))

    def run_command(self, *arguments: str) -> int:
        """One `yizhan-central` command in a process of its own."""
        from sync.central.__main__ import main

        return wait(fork(partial(command, main, *arguments), self.log))

    def enrol(
        self, folder: StationFolder, mind: Callable[[], object], *, again: bool = False, death: Death | None = None,
        silence_s: float = 0.0,
    ) -> int:
        """A technician enrols a machine, again after a fault; `mind` starts again what died of the office."""
        code = self._code_for(folder.station)
        ended = 1
        for attempt in range(_ENROL_TRIES):
            job = partial(_be_technician, folder, code, silence_s or self._silence_s, again=again, death=death)
            ended = wait(fork(job, self.log))
            if ended == 0 or (death is not None and ended < 0):
                break
            if ended == CODE_SPENT:
                code = self._code_for(folder.station)
            death = None
            mind()
            again = again or attempt > 0
        return ended

    def mind_office(self) -> dict[str, int]:
        """Start again what ended of the office; how it ended."""
        codes = self.office.ended()
        if codes:
            self.office.start()
        return codes

    def office_side(self) -> OfficeSide:
        """What the office has now."""
        return OfficeSide(self.database.rows)

    def close(self) -> list[list[Any]]:
        """End everything; what became of each request."""
        self.office.stop(signal.SIGKILL)
        return self.lines.close()

    def _code_for(self, station: str) -> str:
        said = self.folder / "code"
        said.unlink(missing_ok=True)
        if self.at_office(partial(_issue_code, station, said)):
            raise ProcessFailed(f"no code for {station}: {self.log.read_text()[-1500:]}")
        return said.read_text()


def _fill_office(names: Sequence[str]) -> None:
    from sync.central.core.publishing.documents import EVERYBODY, publish
    from sync.central.library.catalogue import add_copies, add_titles
    from sync.protocol.documents import Copy, Poster, Title, Trade

    for name, region in zip(names, REGIONS, strict=False):
        make_station(name, region)
    publish(EVERYBODY, [Trade(trade=name, name=name, short=name, icon="moped") for name in ("courier", "cook")])
    publish("33", [Poster(poster=f"poster-{number}", lines=("进来歇歇脚",)) for number in range(3)])
    add_titles([Title(isbn="9787506365437", title="活着", author="余华")])
    add_copies([Copy(label=label, isbn="9787506365437", station=names[0]) for label in LABELS])


def make_station(name: str, region: str = REGIONS[0]) -> None:
    """A station that is not enrolled yet, unless it is there."""
    from sync.central.core.models import Station
    from sync.central.core.stations import add_station
    from sync.protocol.documents import StationSettings

    if not Station.objects.filter(pk=name).exists():
        add_station(StationSettings(station=name, name="衣裳街", place="", region=region))


def _issue_code(station: str, said: Path) -> None:
    from django.utils import timezone

    from sync.central.core.enrolment import issue_code
    from sync.central.core.models import Station

    make_station(station)   # it may be younger than the backup that was restored
    said.write_text(issue_code(Station.objects.get(pk=station), timezone.now()))


def _be_technician(folder: StationFolder, code: str, silence_s: float, *, again: bool, death: Death | None) -> None:
    os.environ[INSTALL_VARIABLE] = folder.install
    plant(death)
    try:
        enrol(folder.data, folder.url, code, again=again, connect=connect(silence_s))
    except CodeRefused:
        raise SystemExit(CODE_SPENT) from None
    except SyncError as fault:
        print(fault)
        raise SystemExit(1) from None
