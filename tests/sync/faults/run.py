"""One run: a seed makes a town, what happens in it and what goes wrong; then nothing may be missing.

Everything is decided by the seed and counted by number, so that a seed replays its run. What two
processes do at the same moment is the machine's to order, as in life.
"""

from __future__ import annotations

import shutil
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from sync.station.identity import store_path

from .databases import OfficeDatabase
from .invariants import check, find_unacknowledged_lies
from .kiosk import POISONS, be_kiosk
from .processes import KILLED, NOT_DRAINED, be_agent, be_draining_agent, fork, limit_files, wait
from .steps import CLERK, ENROLMENT, KIOSK, OFFICE, STATION, Death
from .weather import Weather
from .world import StationFolder, Town, copy_disk

TEN_YEARS_S: Final = 10 * 365.25 * 86_400
_DRAIN_S: Final = 30.0
_PROJECT_S: Final = 20.0
# What the technician mends by enrolling anew.
_MENDED: Final = frozenset({"SYNC-REFUSED", "SYNC-REVOKED", "SYNC-CLONED", "KEY-MISSING"})
_LONG: Final = 3_000


class Outcome(msgspec.Struct):
    """How a run went."""

    seed: int
    database: str
    seconds: float
    problems: list[str]
    hits: dict[str, int]
    events: int = 0


class Run:
    """Plays one seed."""

    def __init__(self, seed: int, folder: Path, database: OfficeDatabase) -> None:
        self.random = Random(f"run {seed}")
        self.town = Town(folder, database, str(seed))
        self.hits: Counter[str] = Counter()
        self.problems: list[str] = []
        self._forks = False         # somebody provoked a fork: a restored or copied disk
        self._has_backup = False
        self._office_forgot = False
        self._death: Death | None = None

    def play(self) -> None:
        """Make a town, let things go wrong, heal, drain, check."""
        random = self.random
        share = random.choice([0.0, 0.15, 0.3, 0.5])
        self.town.found(random.choice([1, 1, 2, 3]), lambda line: Weather(self.town.seed, line, share=share))
        self._start_office()
        for folder in list(self.town.folders):
            self._enrol(folder)
        names, weights = zip(*((action, weight) for action, weight in self._actions().items()), strict=True)
        for action in random.choices(names, weights, k=random.randint(8, 14)):
            self.hits[f"did {action.__name__.strip('_')}"] += 1
            action()
            self._look_after()
        self._heal()
        self._drain()
        office = self.town.office_side()
        self.problems += check(office, [folder.side for folder in self.town.folders], forks=self._forks)

    @property
    def events(self) -> int:
        """How many events were committed."""
        return sum(len(folder.ledger.committed()) for folder in self.town.folders)

    def end(self) -> None:
        """Stop everything, and count what the lines did."""
        for _, _, fault, status in self.town.close():
            self.hits[f"line {fault}"] += 1
            if status >= 500:
                self.hits[f"office said {status}"] += 1
            if status == 500:
                self.problems.append("the office said 500")

    def _actions(self) -> dict[Callable[[], None], float]:
        return {
            self._append: 5,
            self._poison: 1.5,
            self._turn: 5,
            self._turn_killed: 3,
            self._together: 2,
            self._kiosk_killed: 1,
            self._publish: 1.5,
            self._publish_killed: 0.5,
            self._office_dies: 2.5,
            self._clock_jumps: 1,
            self._disk_copied: 1,
            self._disk_restored: 0.7,
            self._office_backed_up: 0.8,
            self._office_restored: 0.8,
            self._disk_cloned: 0.4,
            self._disk_twinned: 0.4,
            self._enrolled_again: 0.7,
            self._revoked: 0.3,
            self._disk_full: 0.5,
            self._office_cannot_write: 0.5,
            self._many_documents: 0.3,
        }

    # What happens.

    def _append(self) -> None:
        folder = self._any()
        folder.kiosk.append(self.random.choice([1, 3, 10, 60]), skew_s=folder.skew_s)

    def _poison(self) -> None:
        folder, kind = self._any(), self.random.choice(POISONS)
        before, after = self.random.choice([(0, 3), (2, 2), (3, 0), (0, 0)])
        folder.kiosk.append(before, skew_s=folder.skew_s)
        folder.kiosk.poison(kind, skew_s=folder.skew_s)
        folder.kiosk.append(after, skew_s=folder.skew_s)
        self.hits[f"poison {kind}"] += 1

    def _turn(self) -> None:
        folder = self._any()
        self._ended(wait(self._agent(folder, turns=self.random.randint(1, 4))), "agent")

    def _turn_killed(self) -> None:
        folder, death = self._any(), self._any_death(STATION)
        if self.random.random() < 0.7:
            folder.kiosk.append(self.random.randint(1, 5), skew_s=folder.skew_s)
        self._ended(wait(self._agent(folder, turns=3, death=death)), "agent", death)

    def _together(self) -> None:
        children = [self._agent(folder, turns=3) for folder in self.town.folders]
        folder = self._any()
        kiosk = fork(partial(be_kiosk, folder.kiosk, 30, folder.skew_s, None), self.town.log)
        folder.kiosk.skip(_LONG)
        for child in (*children, kiosk):
            self._ended(wait(child), "process")

    def _kiosk_killed(self) -> None:
        folder = self._any()
        death = Death(self.random.choice(list(KIOSK)), self.random.randint(1, 8))
        child = fork(partial(be_kiosk, folder.kiosk, 10, folder.skew_s, death), self.town.log)
        folder.kiosk.skip(_LONG)
        self._ended(wait(child), "kiosk", death)

    def _publish(self, death: Death | None = None) -> None:
        job = partial(_work_on_documents, self.random.randrange(2**32))
        self._ended(self.town.at_office(job, death), "clerk", death)

    def _publish_killed(self) -> None:
        self._publish(self._any_death(CLERK))

    def _many_documents(self) -> None:
        self._ended(self.town.at_office(partial(_publish_many, self.random.randint(510, 1200))), "clerk")

    def _office_dies(self) -> None:
        """The office is told where to die; it will, if it comes by there."""
        self.town.office.stop(signal.SIGKILL)
        self._start_office(Death(self.random.choice(list(OFFICE)), self.random.randint(1, 4)))
        self._turn()
        self._turn()

    def _clock_jumps(self) -> None:
        folder = self._any()
        folder.skew_s = self.random.choice([0.0, TEN_YEARS_S, -TEN_YEARS_S, 3_600.0, -400.0])

    def _disk_copied(self) -> None:
        self._any().back_up()

    def _disk_restored(self) -> None:
        folder = self._any()
        if folder.copy is not None:
            self._forks = True
            folder.restore()
            self.hits["station restored"] += 1

    def _office_backed_up(self) -> None:
        self.town.office.stop()
        self.town.database.back_up()
        self._has_backup = True
        self._start_office()

    def _office_restored(self) -> None:
        if not self._has_backup:
            return
        self.town.office.stop(self.random.choice([signal.SIGTERM, signal.SIGKILL]))
        self.town.database.restore()
        self._ended(self.town.run_command("after-restore"), "after-restore")
        self._office_forgot = True
        self.hits["office restored"] += 1
        self._start_office()

    def _disk_cloned(self) -> None:
        """A copy of a disk in another machine: refused, then enrolled as a station of its own."""
        names = self.town.spare_names
        if not names:
            return
        original = self._any()
        clone = self._copy_of(original, self.town.add_folder(names[0], original.station, install=f"clone {names[0]}"))
        clone.kiosk.append(3)
        self._ended(wait(self._agent(clone, turns=2)), "agent")
        clone.station = names[0]
        self.town.enrol(clone, again=True)

    def _disk_twinned(self) -> None:
        """A copy of a disk in a machine that cannot be told from the first; both go on."""
        original = self._any()
        name = f"twin-{len(self.town.folders)}"
        twin = self._copy_of(original, self.town.share_line(original, name))
        twin.kiosk.append(self.random.randint(0, 3), skew_s=original.skew_s)

    def _enrolled_again(self) -> None:
        self._enrol(self._any(), again=True)

    def _revoked(self) -> None:
        folder = self._any()
        self._ended(self.town.run_command("station", "revoke", folder.station), "revoke")
        self._turn()
        self._enrol(folder, again=True)

    def _disk_full(self) -> None:
        """No file of the station grows any more: the kiosk refuses, the agent goes on when it can."""
        folder = self._any()
        size = store_path(folder.data).stat().st_size
        room = self.random.choice([0, 8_192, 40_000])

        def fill() -> None:
            from sync.station.errors import StoreError

            limit_files(size + room)
            try:
                folder.kiosk.append(400, skew_s=folder.skew_s)
            except StoreError as fault:
                print(fault)

        child = fork(fill, self.town.log)
        folder.kiosk.skip(_LONG)
        self._ended(wait(child), "kiosk")
        self._ended(wait(self._agent(folder, turns=2, file_bytes=size + room)), "agent")

    def _office_cannot_write(self) -> None:
        self.town.office.stop(signal.SIGKILL)
        self.town.database.set_writable(False)
        self._start_office(file_bytes=self.town.database.full_bytes)
        self._turn()
        self.town.office.stop(signal.SIGKILL)
        self.town.database.set_writable(True)
        self._start_office()

    # How it is done.

    def _any(self) -> StationFolder:
        return self.random.choice(self.town.folders)

    def _any_death(self, steps: dict[str, Any]) -> Death:
        return Death(self.random.choice(list(steps)), self.random.choice([1, 1, 1, 2, 3]))

    def _agent(
        self, folder: StationFolder, turns: int, death: Death | None = None, file_bytes: int | None = None
    ) -> int:
        folder.turns += 1

        def work() -> None:
            if file_bytes is not None:
                limit_files(file_bytes)
            be_agent(
                folder.data, install=folder.install, turns=turns, skew_s=folder.skew_s,
                seed=f"{self.town.seed}/{folder.data.name}/{folder.turns}", death=death,
            )

        return fork(work, self.town.log)

    def _enrol(self, folder: StationFolder, *, again: bool = False) -> None:
        death = self._any_death(ENROLMENT) if self.random.random() < 0.3 else None
        ended = self.town.enrol(folder, again=again, death=death)
        self._ended(ended, "technician", death)
        if ended == KILLED and death is not None:
            ended = self.town.enrol(folder, again=True)
        if ended:
            self.town.lines.heal()
            self._ended(self.town.enrol(folder, again=True), "technician")

    def _copy_of(self, original: StationFolder, copy: StationFolder) -> StationFolder:
        self._forks = True
        copy_disk(original.data, copy.data)
        copy.skew_s = original.skew_s
        waiting = _pending_facts(original)
        for fact in original.ledger.tried():
            copy.ledger.tries(fact)
        for fact in waiting:
            copy.ledger.done(fact)
        return copy

    def _start_office(self, death: Death | None = None, file_bytes: int | None = None) -> None:
        self._death = death
        self.town.office.start(death, file_bytes)

    def _look_after(self) -> None:
        """Start the office again if it died, and see that no station believes what is not so."""
        code = self.town.mind_office()
        if code is not None:
            self._ended(code, "office", self._death)
            self._death = None
        if self._office_forgot:
            return
        office = self.town.office_side()
        for folder in self.town.folders:
            self.problems += find_unacknowledged_lies(office, folder.station, store_path(folder.data))

    def _ended(self, code: int, who: str, death: Death | None = None) -> None:
        if code == KILLED and death is not None:
            self.hits[f"killed at {death.step}"] += 1
        elif code:
            self.problems.append(f"{who} ended with {code}")

    def _heal(self) -> None:
        self.town.lines.heal()
        if self._death is not None:
            self.town.office.stop(signal.SIGKILL)
            self._start_office()

    def _drain(self) -> None:
        """Drain every station, let the office follow, and pull what it published then."""
        for _ in range(2 if len(self.town.folders) > 1 else 1):
            for folder in self.town.folders:
                self._drain_one(folder)
        self._until_projected()
        for folder in self.town.folders:
            self._drain_one(folder)
        self._until_projected()

    def _drain_one(self, folder: StationFolder) -> None:
        for _ in range(2):
            deadline_s = _DRAIN_S if folder.failing() not in _MENDED else 0
            job = partial(
                be_draining_agent, folder.data, install=folder.install, skew_s=folder.skew_s, deadline_s=deadline_s
            )
            ended = wait(fork(job, self.town.log), _DRAIN_S * 3)
            if ended == 0:
                return
            failing = folder.failing()
            if ended == NOT_DRAINED and failing in _MENDED:
                self.hits[f"mended {failing}"] += 1
                self._ended(self.town.enrol(folder, again=True), "technician")
        self.problems.append(f"{folder.data.name} does not drain: {ended} {folder.failing()}")

    def _until_projected(self) -> None:
        end = time.monotonic() + _PROJECT_S
        while self.town.office_side().unprojected:
            if time.monotonic() > end:
                self.problems.append("the projector does not keep up")
                return
            time.sleep(0.02)


def play(seed: int, folder: Path, database: OfficeDatabase, name: str) -> Outcome:
    """Play a seed in a fresh folder; the folder stays if something was wrong."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started_s = time.monotonic()
    run = Run(seed, folder, database)
    try:
        run.play()
    except Exception as fault:  # noqa: BLE001  # a run that breaks is a run that failed; the others go on
        run.problems.append(f"{type(fault).__name__}: {fault}")
        (folder / "fault.txt").write_text(traceback.format_exc())
    run.end()
    events = run.events
    if not run.problems:
        shutil.rmtree(folder, ignore_errors=True)
    return Outcome(seed, name, time.monotonic() - started_s, run.problems, dict(run.hits), events)


def _pending_facts(folder: StationFolder) -> set[str]:
    from .invariants import read_journal
    from .ledger import fact_of

    return {fact_of(row.body) for row in read_journal(store_path(folder.data)) if row.state == "pending"}


def _work_on_documents(seed: int) -> None:
    """Publish, move or withdraw some posters, as the office's staff would."""
    from sync.central.core.models import Station
    from sync.central.core.publishing import publish, scope_of_station, withdraw
    from sync.protocol.documents import Poster

    random = Random(seed)
    scopes = ["", "33", "3305", "330502", "330211", *map(scope_of_station, Station.objects.values_list("id", flat=True))]
    for _ in range(random.randint(1, 4)):
        name = f"poster-{random.randrange(6)}"
        if random.random() < 0.2:
            withdraw("poster", name)
        else:
            publish(random.choice(scopes), [Poster(poster=name, lines=(f"今天 {random.randrange(5)}",))])


def _publish_many(count: int) -> None:
    from sync.central.core.publishing import publish
    from sync.protocol.documents import Title

    publish("33", [Title(isbn=f"{number:013}", title=f"第 {number} 本") for number in range(count)])
