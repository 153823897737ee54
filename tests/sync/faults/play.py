"""What can be done to a town and what must hold afterwards: used by seeded runs and by stories alike."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from sync.station.identity import store_path

from .databases import OfficeDatabase
from .invariants import check, find_unacknowledged_lies
from .kiosk import be_kiosk
from .processes import KILLED, NOT_DRAINED, be_agent, be_draining_agent, fork, limit_files, wait
from .steps import Death
from .weather import Fault, Ordered, Weather
from .world import StationFolder, Town

TEN_YEARS_S: Final = 10 * 365.25 * 86_400
SPENT: Final = 3_000    # numbers a child of the kiosk may have used up
_DRAIN_S: Final = 60.0
_PROJECT_S: Final = 60.0
_PATIENCE_S: Final = 60.0
# What the technician mends by enrolling anew.
_MENDED: Final = frozenset({"SYNC-REFUSED", "SYNC-REVOKED", "SYNC-CLONED", "KEY-MISSING"})


class Play:
    """A town while things happen in it; counts what was hit, and collects what was wrong."""

    silence_s = 2.0     # how long a station waits for an answer

    def __init__(self, name: str, folder: Path, database: OfficeDatabase) -> None:
        self.town = Town(folder, database, name, self.silence_s)
        self.hits: Counter[str] = Counter()
        self.problems: list[str] = []
        self.may_fork = False       # somebody restored or copied a disk: forks are what shall be found
        self.office_forgot = False
        self._death: Death | None = None
        self._ordered: set[str] = set()
        self._orders: dict[str, Ordered] = {}

    @property
    def folders(self) -> list[StationFolder]:
        """Every machine."""
        return self.town.folders

    @property
    def events(self) -> int:
        """How many events were committed."""
        return sum(len(folder.ledger.committed()) for folder in self.folders)

    def found(self, count: int = 1, weather: Callable[[str], Weather] | None = None) -> StationFolder:
        """A served office and so many stations, not enrolled yet; the first of them."""
        self.town.found(count, weather or self._take_orders)
        self.start_office()
        return self.folders[0]

    def settle(self, count: int = 1) -> StationFolder:
        """A served office and so many stations, enrolled and in step, on lines that fail as ordered; the first."""
        self.found(count)
        for folder in self.folders:
            self.enrol(folder)
            self.turn(folder)
        return self.folders[0]

    def order(self, folder: StationFolder, *faults: Fault | str) -> None:
        """The next requests of this machine meet these."""
        wanted = [Fault(fault) if isinstance(fault, str) else fault for fault in faults]
        self._orders[folder.line].order(wanted)
        self._ordered.update(f"line {fault.name}" for fault in wanted)

    def turn(self, folder: StationFolder, turns: int = 1, death: Death | None = None) -> None:
        """So many turns of its agent."""
        self.ended(wait(self.agent(folder, turns, death)), "agent", death)

    def agent(
        self, folder: StationFolder, turns: int = 1, death: Death | None = None, file_bytes: int | None = None
    ) -> int:
        """Start its agent for so many turns; the pid."""
        folder.turns += 1

        def work() -> None:
            if file_bytes is not None:
                limit_files(file_bytes)
            be_agent(
                folder.data, install=folder.install, turns=turns, skew_s=folder.skew_s,
                seed=f"{self.town.seed}/{folder.data.name}/{folder.turns}", silence_s=self.silence_s, death=death,
            )

        return fork(work, self.town.log)

    def kiosk(self, folder: StationFolder, count: int, death: Death | None = None) -> int:
        """Start its kiosk, to append so many events in a process of its own; the pid."""
        child = fork(partial(be_kiosk, folder.kiosk, count, folder.skew_s, death), self.town.log)
        folder.kiosk.skip(SPENT)
        return child

    def enrol(self, folder: StationFolder, *, again: bool = False, death: Death | None = None) -> None:
        """A technician enrols it; killed half-way, they start once more, and in the end walk to a better line."""
        ended = self.town.enrol(folder, self.mind_office, again=again, death=death)
        if ended == KILLED and death is not None:
            self.ended(ended, "technician", death)
            ended = self.town.enrol(folder, self.mind_office, again=True)
        if ended:
            self.town.lines.heal()
            # However burdened the machine is: an office that is slow is no fault of the station's.
            ended = self.town.enrol(folder, self.mind_office, again=True, silence_s=_PATIENCE_S)
        self.ended(ended, "technician")

    def staff(self, job: Callable[[], object], death: Death | None = None) -> None:
        """Somebody at the office does this in a process of their own."""
        self.ended(self.town.at_office(job, death), "staff", death)

    def start_office(self, death: Death | None = None, file_bytes: int | None = None) -> None:
        """Serve; perhaps to die at a step, perhaps on a full disk."""
        self._death = death
        self.town.office.start(death, file_bytes)

    def restart_office(self, death: Death | None = None, file_bytes: int | None = None) -> None:
        """Kill it, and start it again."""
        self._note_office(self.town.office.stop(signal.SIGKILL))
        self.start_office(death, file_bytes)

    def back_up_office(self) -> None:
        """Stop, copy the database, start."""
        self._note_office(self.town.office.stop())
        self.town.database.back_up()
        self.start_office()

    def restore_office(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Stop, put the copy back, say so, start."""
        self._note_office(self.town.office.stop(how))
        self.town.database.restore()
        self.ended(self.town.run_command("after-restore"), "after-restore")
        self.office_forgot = True
        for folder in self.folders:
            # Forgotten by both sides, this is nobody's to bring back.
            folder.forgotten |= folder.only_there
        self.hits["office restored"] += 1
        self.start_office()

    def office_without_writing(self, meanwhile: Callable[[], None]) -> None:
        """Do something while the office's disk is full, or its database read-only."""
        database = self.town.database
        self._note_office(self.town.office.stop(signal.SIGKILL))
        database.set_writable(False)
        self.start_office(file_bytes=database.full_bytes)
        meanwhile()
        self._note_office(self.town.office.stop(signal.SIGKILL))
        database.set_writable(True)
        self.start_office()

    def look_after(self) -> None:
        """Start the office again if it died, and see that no station believes what is not so."""
        self.mind_office()
        if self.office_forgot:
            return
        office = self.town.office_side()
        for folder in self.folders:
            if store_path(folder.data).exists():
                self.problems += find_unacknowledged_lies(office, folder.station, store_path(folder.data))

    def mind_office(self) -> None:
        """Start again what died of the office, and note it."""
        self._note_office(self.town.mind_office())

    def _note_office(self, codes: Mapping[str, int]) -> None:
        for name, code in codes.items():
            self.ended(code, name, self._death)
            self._death = None

    def ended(self, code: int, who: str, death: Death | None = None) -> None:
        """Note how a process ended."""
        if code == KILLED and death is not None:
            self.hits[f"killed at {death.step}"] += 1
        elif code:
            self.problems.append(f"{who} ended with {code}")

    def finish(self) -> None:
        """Heal, drain without a new local write, and check everything."""
        self.town.lines.heal()
        if self._death is not None:
            self.restart_office()
        self._drain()
        office = self.town.office_side()
        self.problems += check(office, [folder.side for folder in self.folders], forks=self.may_fork)

    def end(self) -> None:
        """Stop everything, and count what the lines did."""
        for _, _, fault, status in self.town.close():
            self.hits[f"line {fault}"] += 1
            if status >= 500:
                self.hits[f"office said {status}"] += 1
            if status == 500:
                self.problems.append("the office said 500")
        for weather in self._orders.values():
            weather.close()
        unmet = [what for what in self._ordered if not self.hits[what]]
        if unmet:
            self.problems.append(f"ordered and never met: {unmet}")

    def _take_orders(self, line: str) -> Weather:
        self._orders[line] = Ordered()
        return self._orders[line]

    def _drain(self) -> None:
        """Drain every station, let the office follow, and pull what it published then."""
        for _ in range(2 if len(self.folders) > 1 else 1):
            for folder in self.folders:
                self._drain_one(folder)
        self._until_projected()
        for folder in self.folders:
            self._drain_one(folder)
        self._until_projected()

    def _drain_one(self, folder: StationFolder) -> None:
        ended = 0
        for _ in range(3):
            job = partial(
                be_draining_agent, folder.data, install=folder.install, skew_s=folder.skew_s, deadline_s=_DRAIN_S,
                hopeless=_MENDED,
            )
            ended = wait(fork(job, self.town.log), _DRAIN_S * 3)
            if ended == 0:
                return
            failing = folder.failing()
            if ended == NOT_DRAINED and failing in _MENDED:
                self.hits[f"mended {failing}"] += 1
                self.enrol(folder, again=True)
        self.problems.append(f"{folder.data.name} does not drain: {ended} {folder.failing()}")

    def until(self, is_so: Callable[[], bool], what: str = "it was waited for in vain") -> None:
        """Wait for what another process does, and wake the projector meanwhile."""
        end = time.monotonic() + _PROJECT_S
        while not is_so():
            self.town.office.ring()
            if time.monotonic() > end:
                self.problems.append(what)
                return
            time.sleep(0.02)

    def _until_projected(self) -> None:
        self.until(lambda: not self.town.office_side().unprojected, "the projector does not keep up")
