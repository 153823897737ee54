"""One seeded run: a seed makes a town, what happens in it and what goes wrong; then nothing may be missing.

Everything is decided by the seed and counted by number, so that a seed replays its run. What two
processes do at the same moment is the machine's to order, as in life.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from . import disks
from .databases import OfficeDatabase
from .kiosk import POISONS
from .play import TEN_YEARS_S, Play
from .processes import wait
from .steps import ENROLMENT, KIOSK, OFFICE, PROJECTOR, STAFF, STATION, Death
from .weather import Weather
from .world import StationFolder

# Where only a station comes by whose office was restored, and one whose journal forked.
_RESTARTED: Final = (
    "rewinding", "rewound", "restart-begun", "restart-stepped", "snapshot-loaded", "download-begun", "download-ended",
    "document-put", "sweeping", "restart-ended", "absorbing",
)
_FORKED: Final = ("carrying", "epoch-opened", "absorbing", "answered")


class SeededRun(Play):
    """Plays one seed."""

    silence_s = 0.25

    def __init__(self, seed: int, folder: Path, database: OfficeDatabase) -> None:
        super().__init__(str(seed), folder, database)
        self.random = Random(f"run {seed}")
        self._has_backup = False

    def run(self) -> None:
        """Make a town and let things go wrong."""
        random = self.random
        share = random.choice([0.0, 0.15, 0.3, 0.5])
        self.found(random.choice([1, 1, 2, 3]), lambda line: Weather(self.town.seed, line, share=share))
        for folder in list(self.folders):
            self._enrol(folder)
        if random.random() < 0.5:
            self._append()
            self._turn()
            self._disk_copied()
            self._office_backed_up()
        names, weights = zip(*self._actions().items(), strict=True)
        for action in random.choices(names, weights, k=random.randint(8, 14)):
            self.hits[f"did {action.__name__.strip('_')}"] += 1
            action()
            self.look_after()

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
            self._many_documents: 0.4,
            self._snapshot_made: 0.5,
            self._office_dies: 2.5,
            self._clock_jumps: 1,
            self._disk_copied: 1,
            self._disk_restored: 0.7,
            self._disk_cloned: 0.4,
            self._disk_twinned: 0.4,
            self._disk_full: 0.5,
            self._office_backed_up: 0.8,
            self._office_restored: 0.8,
            self._office_cannot_write: 0.5,
            self._enrolled_again: 0.7,
            self._revoked: 0.3,
            self._moved: 0.4,
        }

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
        self.turn(self._any(), self.random.randint(1, 4))

    def _turn_killed(self, folder: StationFolder | None = None, steps: Collection[str] = tuple(STATION)) -> None:
        folder, death = folder or self._any(), self._any_death(steps)
        if self.random.random() < 0.7:
            folder.kiosk.append(self.random.randint(1, 5), skew_s=folder.skew_s)
        self.turn(folder, 3, death)

    def _together(self) -> None:
        """All agents at once, and a kiosk that is busy meanwhile."""
        children = [self.agent(folder, 3) for folder in self.folders]
        children.append(self.kiosk(self._any(), 30))
        for child in children:
            self.ended(wait(child), "process")

    def _kiosk_killed(self) -> None:
        death = Death(self.random.choice(list(KIOSK)), self.random.randint(1, 8))
        self.ended(wait(self.kiosk(self._any(), 10, death)), "kiosk", death)

    def _publish(self, death: Death | None = None) -> None:
        self.staff(partial(work_on_documents, self.random.randrange(2**32)), death)

    def _publish_killed(self) -> None:
        self._publish(self._any_death(STAFF))

    def _many_documents(self) -> None:
        self.staff(partial(publish_many, self.random.randint(510, 1200)))

    def _snapshot_made(self) -> None:
        self.ended(self.town.run_command("snapshot"), "snapshot")

    def _office_dies(self) -> None:
        """The office is told where to die; it will, if it comes by there."""
        self.restart_office(Death(self.random.choice([*OFFICE, *PROJECTOR]), self.random.randint(1, 4)))
        self._turn()
        self._turn()

    def _clock_jumps(self) -> None:
        self._any().skew_s = self.random.choice([0.0, TEN_YEARS_S, -TEN_YEARS_S, 3_600.0, -400.0])

    def _disk_copied(self) -> None:
        self._any().back_up()

    def _disk_restored(self) -> None:
        copied = [folder for folder in self.folders if folder.copy is not None]
        if not copied:
            self._disk_copied()
            return
        folder = self.random.choice(copied)
        disks.restore(self, folder)
        if self.random.random() < 0.5:
            self._turn_killed(folder, _FORKED)

    def _office_backed_up(self) -> None:
        self.back_up_office()
        self._has_backup = True

    def _office_restored(self) -> None:
        if not self._has_backup:
            self._office_backed_up()
            return
        self.restore_office(self.random.choice([signal.SIGTERM, signal.SIGKILL]))
        if self.random.random() < 0.5:
            self._turn_killed(None, _RESTARTED)

    def _disk_cloned(self) -> None:
        """A copy of a disk in another machine: refused, then enrolled as a station of its own."""
        if not self.town.spare_names:
            return
        clone = disks.clone(self, self._any(), "another machine")
        clone.kiosk.append(3, skew_s=clone.skew_s)
        self.turn(clone, 2)
        clone.station = clone.line
        self.enrol(clone, again=True)

    def _disk_twinned(self) -> None:
        """A copy of a disk in a machine that cannot be told from the first; both go on."""
        twin = disks.twin(self, self._any())
        twin.kiosk.append(self.random.randint(0, 3), skew_s=twin.skew_s)

    def _enrolled_again(self) -> None:
        self._enrol(self._any(), again=True)

    def _revoked(self) -> None:
        folder = self._any()
        self.ended(self.town.run_command("station", "revoke", folder.station), "revoke")
        self._turn()
        self._enrol(folder, again=True)

    def _moved(self) -> None:
        """The station is in another region now, and shall hold that one's documents."""
        region, station = self.random.choice(["330502", "330211", "3303", "33"]), self._any().station
        # An office that was restored may not know it yet.
        if (station,) in {tuple(row) for row in self.town.database.rows("SELECT id FROM core_station")}:
            self.ended(self.town.run_command("station", "move", station, "--region", region), "move")

    def _disk_full(self) -> None:
        """No file of the station grows any more: the kiosk refuses, the agent goes on when it can."""
        folder = self._any()
        disks.fill(self, folder, self.random.choice([0, 8_192, 40_000]))

    def _office_cannot_write(self) -> None:
        self.office_without_writing(self._turn)

    def _any(self) -> StationFolder:
        return self.random.choice(self.folders)

    def _any_death(self, steps: Iterable[str]) -> Death:
        return Death(self.random.choice(list(steps)), self.random.choice([1, 1, 1, 2, 3]))

    def _enrol(self, folder: StationFolder, *, again: bool = False) -> None:
        death = self._any_death(ENROLMENT) if self.random.random() < 0.3 else None
        self.enrol(folder, again=again, death=death)


def work_on_documents(seed: int) -> None:
    """Publish, move or withdraw some posters, as the office's staff would."""
    from sync.central.core.models import Station
    from sync.central.core.publishing.documents import publish, scope_of_station, withdraw
    from sync.protocol.documents import Poster

    random = Random(seed)
    stations = Station.objects.order_by("id").values_list("id", flat=True)
    scopes = ["", "33", "3305", "330502", "330211", *map(scope_of_station, stations)]
    for _ in range(random.randint(1, 4)):
        name = f"poster-{random.randrange(6)}"
        if random.random() < 0.2:
            withdraw("poster", name)
        else:
            publish(random.choice(scopes), [Poster(poster=name, lines=(f"今天 {random.randrange(5)}",))])


def publish_many(count: int) -> None:
    """More documents than one page holds."""
    from sync.central.core.publishing.documents import publish
    from sync.protocol.documents import Title

    publish("33", [Title(isbn=f"{number:013}", title=f"第 {number} 本") for number in range(count)])
