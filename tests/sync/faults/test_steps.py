"""Kill -9 at every named step of station, technician, kiosk, office, projector and staff."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from . import disks
from .play import Play
from .processes import wait
from .run import publish_many
from .steps import ENROLMENT, KIOSK, OFFICE, PROJECTOR, STAFF, STATION, STEPS, Death, plant
from .stories import hear, on_sqlite
from .worker import Worker
from .world import StationFolder

pytestmark = pytest.mark.slow


def push(play: Play, folder: StationFolder, death: Death) -> None:
    """Events up, documents down."""
    folder.kiosk.append(5)
    play.staff(partial(publish_many, 20))
    play.turn(folder, 2, death)


def restart(play: Play, folder: StationFolder, death: Death) -> None:
    """The office begins anew: a snapshot, files, and something stale to be swept."""
    play.staff(partial(publish_many, 600))
    play.ended(play.town.run_command("snapshot"), "snapshot")
    play.turn(folder)
    play.back_up_office()
    play.staff(partial(publish_many, 640))
    play.turn(folder)
    play.restore_office()
    play.ended(play.town.run_command("snapshot"), "snapshot")
    play.turn(folder, 3, death)


def first_sync(play: Play, folder: StationFolder, death: Death) -> None:
    """A station that has nothing yet, and an office with a snapshot."""
    play.staff(partial(publish_many, 600))
    play.ended(play.town.run_command("snapshot"), "snapshot")
    newcomer = play.town.add_folder(play.town.spare_names[0], play.town.spare_names[0])
    play.enrol(newcomer)
    play.turn(newcomer, 3, death)


def forget(play: Play, folder: StationFolder, death: Death) -> None:
    """The office forgot what it had acknowledged."""
    play.back_up_office()
    folder.kiosk.append(5)
    play.turn(folder)
    play.restore_office()
    play.turn(folder, 2, death)


def fork(play: Play, folder: StationFolder, death: Death) -> None:
    """The station's disk forgot what it had sent."""
    folder.back_up()
    folder.kiosk.append(3)
    play.turn(folder)
    disks.restore(play, folder)
    folder.kiosk.append(2)
    play.turn(folder, 2, death)


def enrol_again(play: Play, folder: StationFolder, death: Death) -> None:
    """A technician enrols it again, with events that wait."""
    folder.kiosk.append(3)
    play.enrol(folder, again=True, death=death)


def append(play: Play, folder: StationFolder, death: Death) -> None:
    """A kiosk at work."""
    play.ended(wait(play.kiosk(folder, 5, death)), "kiosk", death)


def serve(play: Play, folder: StationFolder, death: Death) -> None:
    """The office takes events, and follows."""
    play.restart_office(death)
    folder.kiosk.append(20)
    play.turn(folder, 2)
    play.until(lambda: bool(play.look_after() or play.hits[f"killed at {death.step}"]))


def serve_enrolment(play: Play, folder: StationFolder, death: Death) -> None:
    """The office enrols."""
    play.restart_office(death)
    play.enrol(folder, again=True)
    play.look_after()


def publish(play: Play, folder: StationFolder, death: Death) -> None:
    """Staff publish."""
    play.staff(partial(publish_many, 600), death)


def make_snapshot(play: Play, folder: StationFolder, death: Death) -> None:
    """Staff make a snapshot."""
    play.staff(partial(publish_many, 600))
    play.staff(snapshots, death)
    play.ended(play.town.run_command("snapshot"), "snapshot")


def snapshots() -> None:
    from django.utils import timezone

    from sync.central.core.publishing.snapshots import refresh_snapshots

    refresh_snapshots(timezone.now())


Scene = Callable[[Play, StationFolder, Death], None]
SCENES: dict[str, Scene] = {
    **dict.fromkeys(STATION, push),
    **dict.fromkeys(("restart-begun", "restart-stepped", "sweeping", "restart-ended"), restart),
    **dict.fromkeys(("snapshot-loaded", "download-begun", "download-ended"), first_sync),
    **dict.fromkeys(("rewinding", "rewound"), forget),
    **dict.fromkeys(("carrying", "epoch-opened"), fork),
    **dict.fromkeys(ENROLMENT, enrol_again),
    **dict.fromkeys(KIOSK, append),
    **dict.fromkeys((*OFFICE, *PROJECTOR), serve),
    "code-spent": serve_enrolment,
    **dict.fromkeys(STAFF, publish),
    "snapshot-made": make_snapshot,
}


def kill_at(play: Play, step: str) -> None:
    """A station in step, and a scene in which somebody comes by this step."""
    folder = play.settle()
    folder.kiosk.append(3)
    play.turn(folder)
    SCENES[step](play, folder, Death(step))
    play.look_after()
    assert play.hits[f"killed at {step}"], f"nobody was killed at {step}"


@on_sqlite
@pytest.mark.parametrize("step", [*STATION, *ENROLMENT, *KIOSK])
def test_killed_at_every_step_of_the_station_nothing_is_lost(worker: Worker, step: str) -> None:
    hear(worker, kill_at, step)


@pytest.mark.parametrize("step", [*OFFICE, *PROJECTOR, *STAFF])
def test_killed_at_every_step_of_the_office_nothing_is_lost(worker: Worker, step: str) -> None:
    hear(worker, kill_at, step)


def test_a_step_that_is_gone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STEPS, "packed", STEPS["packed"]._replace(place="sync.station.exchange.client:wrap_up"))
    with pytest.raises(AttributeError):
        plant(Death("packed"))


def test_it_ends_at_the_passage_that_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[str] = []
    monkeypatch.setitem(STEPS, "packed", STEPS["packed"]._replace(place=f"{__name__}:snapshots"))
    monkeypatch.setattr(f"{__name__}.snapshots", lambda: ends.append("ran"))
    plant(Death("packed", 2), die=lambda: ends.append("died"))
    for _ in range(3):
        snapshots()
    assert ends == ["ran", "ran", "died", "ran"]
