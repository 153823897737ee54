"""Updates of a station in service: what it judges by itself, and what its office is told of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any, Final, Self

from deploy.demo.processes import ROOT, Crew, say
from deploy.demo.records import Record, office_records
from deploy.image.stages import sha256_of

from .bundles import BY_FILE, NEW, make_stick, make_update
from .machine import MachineFailed, make_disk
from .office import OfficeAbroad
from .smoke import OUT as SMOKE
from .station import Station, newest_image

OUT: Final = ROOT / "build" / "image" / "cases"
_STEP_S: Final = 600.0      # a step of the agent's, without KVM
_JUDGED_S: Final = 900.0    # installed, tried, judged
_BEGUN_BYTES: Final = 8 << 20
_LEFT_FREE_MB: Final = 150


class InService:
    """The station that `make image-smoke` has left, its office, and workers who check in.

    A case that was cut `goes_on` from where it said `keep` last: the station has lost its power there.
    """

    def __init__(self, name: str) -> None:
        self.image, self.folder = newest_image(), OUT / name
        self.old = self.image.stem.removeprefix("yizhan-")
        left = SMOKE / "disk.qcow2"
        if not left.exists() or left.stat().st_mtime < self.image.stat().st_mtime:
            raise MachineFailed("no station of this image is in service: run `make image-smoke` first")
        self._kept, self._begun_with = self.folder / "kept", str(left.stat().st_mtime_ns)
        self.goes_on = self._kept.exists() and self._kept.read_text() == self._begun_with
        if not self.goes_on:
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.copytree(SMOKE / "office", self.folder / "office")
        self.station = Station(self.image, self.folder)
        if not self.goes_on:
            make_disk(left, self.station.disk, kind="qcow2")
        self.update = make_update("by-file", spoilt=BY_FILE)
        self.office = OfficeAbroad(self.folder / "office")
        self._confirmed = len(self._told("checkin.made"))
        self._crew = Crew(self.folder / "logs")

    def __enter__(self) -> Self:
        self._crew.__enter__()
        self.office.serve(self._crew)
        self.office.open_front()
        return self

    def __exit__(self, *given: Any) -> None:
        self.station.close()
        self.office.close_front()
        self._crew.__exit__(*given)

    def keep(self) -> None:
        """The next run goes on from here, should this one be cut."""
        self._kept.write_text(self._begun_with)

    def forget(self) -> None:
        """The next run begins anew: this one has come to its end."""
        self._kept.unlink(missing_ok=True)

    def come_up(self, *, is_call_tried: bool = True) -> None:
        """Home; and the call was tried, which covers the screen, and by which a station is judged afterwards."""
        self.station.switch_on()
        self.station.wait_for_screen("before the update")
        self.station.wait_for_shell()
        self.station.tell_words()
        self.station.wait_for_words("借书", _STEP_S)
        if not is_call_tried:
            return
        self.wait("the call's own test", lambda: self._drawn().get("call", "untested") != "untested", _STEP_S)

    def check_in(self) -> None:
        """One more worker; the screen has said that it is kept."""
        self.station.check_in(self._confirmed)
        self._confirmed += 1
        self.station.go_home()

    def spoil(self, how: str) -> None:
        """Have the new system be like this."""
        self.station.shell.ask(f"mkdir -p /data/site; echo {how} >/data/site/spoilt; sync")

    def plug(self) -> None:
        """The update on a stick."""
        say("image: a stick is plugged in")
        stick = self.folder / "stick.fat"
        if not stick.exists():
            make_stick(self.update, stick)
        self._stick_was = sha256_of(stick)
        self.station.machine.plug_stick(stick)

    def pull(self) -> None:
        """Out again; raises MachineFailed if anything was written to it, or if it stays mounted."""
        self.station.machine.pull_stick()
        self.wait("the stick's folder to be empty", lambda: not self.station.asked("ls /run/yizhan/stick"), _STEP_S)
        if sha256_of(self.folder / "stick.fat") != self._stick_was:
            raise MachineFailed("somebody wrote to the stick")

    def release(self) -> None:
        """The office lets the update out."""
        self.office.run("release", "add", str(self.update), "--version", NEW)
        self.office.run("release", "ring", NEW, "100")

    def wait(self, what: str, claim: Callable[[], bool], timeout_s: float = _JUDGED_S) -> None:
        """Until the claim holds; raises MachineFailed."""
        say(f"image: waiting for {what}")
        self.station.machine.wait_for(what, claim, timeout_s)

    def wait_for_office(self, kind: str, *words: str) -> None:
        """Until the office has such an event."""
        def has_it() -> bool:
            return any(all(word in it.line for word in words) for it in self._told(kind))

        self.wait(f"{' '.join((kind, *words))} at the office", has_it)

    def wait_for_slot(self, slot: str, version: str) -> None:
        """Until this version runs in this slot."""
        self.wait(f"{version} in slot {slot}", lambda: self.station.runs(slot, version))

    def wait_for_boot_loader(self, **wanted: str) -> None:
        """Until its variables are these."""
        self.wait(f"the boot loader's {wanted}", lambda: wanted.items() <= self.station.boot_slots().items())

    def is_away(self) -> bool:
        """Whether the station knows that its office does not answer."""
        return bool(self._fact("Standing").get("failing"))

    def ends_on(self, slot: str, version: str) -> None:
        """Healthy, on this version for good, and no event is lost; raises MachineFailed."""
        self.wait_for_slot(slot, version)
        self.wait_for_boot_loader(good=slot, trial="")
        self.station.wait_for_screen("after the update")
        self.station.tell_words()
        self.station.wait_for_words("借书", _STEP_S)
        self.check_in()
        self.wait("all events at the office", self._is_all_told, _STEP_S)
        count = len(self._told("checkin.made"))
        if count < self._confirmed:
            raise MachineFailed(f"the screen confirmed {self._confirmed} check-ins, the office has {count}")

    def _is_all_told(self) -> bool:
        rows = self.station.shell.rows("SELECT epoch, seq, digest, state FROM journal")
        there = {(it.epoch, it.seq, it.digest) for it in office_records(self.office.database)}
        return bool(rows) and all(state == "acked" and (*row,) in there for *row, state in rows)

    def _told(self, kind: str) -> list[Record]:
        return [it for it in office_records(self.office.database) if it.kind == kind]

    def _drawn(self) -> dict[str, Any]:
        """What the kiosk noted in this run of the machine."""
        drawn, boot = self._fact("Drawn"), self.station.asked("cat /proc/sys/kernel/random/boot_id")
        return drawn if boot and drawn.get("boot") == boot else {}

    def _fact(self, name: str) -> dict[str, Any]:
        rows = self.station.shell.rows(f"SELECT value FROM fact WHERE name = '{name}'")
        return dict(json.loads(rows[0][0])) if rows else {}


def goes_back(case: InService, how: str, code: str) -> None:
    """The new system is spoilt like this: it is tried, left, told for this reason, and not tried again."""
    if case.goes_on:
        case.station.switch_on()
        case.plug()
    else:
        case.come_up(is_call_tried=False)
        case.check_in()
        case.spoil(how)
        case.plug()
        case.wait_for_office("update.installed", NEW)
        case.keep()
    case.wait_for_office("update.rolled_back", NEW, code)
    case.ends_on("A", case.old)
    case.pull()


def broken_app(case: InService) -> None:
    """The new version's kiosk draws nothing: it goes back and says so."""
    goes_back(case, "blind", "UPDATE-SCREEN")


def broken_migration(case: InService) -> None:
    """The new version cannot bring the store up to date: it goes back, and the store is as it was."""
    goes_back(case, "migration", "UPDATE-BOOT")


def hang(case: InService) -> None:
    """The new version's kernel stands still: the hardware's watchdog ends each trial, and it goes back."""
    goes_back(case, "hang", "UPDATE-BOOT")


def full_data(case: InService) -> None:
    """No room for an update, the office's or a stick's: it says so and serves on; with room, it is installed."""
    case.come_up()
    if not case.goes_on:
        free = f"$(( $(df --output=avail -m /data | tail -1) - {_LEFT_FREE_MB} ))"
        case.station.shell.ask(f"fallocate -l {free}M /data/full && sync", _STEP_S)
        case.release()
        case.wait_for_office("update.failed", NEW, "STORE-FULL")
        case.plug()
        case.station.wait_for_words("U 盘里的更新用不了", _STEP_S)
        case.wait_for_office("update.failed", '"stick"', "STORE-FULL")
        case.check_in()
        case.pull()
        case.station.shell.ask("rm /data/full; sync")
        case.keep()
    case.plug()
    case.wait_for_office("update.committed", NEW)
    case.ends_on("B", NEW)


def office_gone(case: InService) -> None:
    """The line is cut in the middle of the download and again in the trial: it goes on each time, and stays."""
    if case.goes_on:
        case.station.switch_on()
    else:
        _cut_the_download(case)
        case.keep()
    case.office.close_front()
    case.wait_for_slot("B", NEW)
    case.station.wait_for_screen("trial without the office")
    case.station.tell_words()
    case.station.wait_for_words("借书", _STEP_S)
    case.check_in()
    if case.station.boot_slots().get("trial") != "B":
        raise MachineFailed("it was marked good without the office, which answered before")
    case.office.open_front()
    case.wait_for_office("update.committed", NEW)
    case.ends_on("B", NEW)


def _cut_the_download(case: InService) -> None:
    case.office.make_night()
    case.come_up()
    case.release()
    part = "cat /data/updates/*.part 2>/dev/null | wc -c"
    case.wait("a piece of the download", lambda: int(case.station.asked(part) or 0) > _BEGUN_BYTES)
    case.office.close_front()
    case.wait("the station to notice", case.is_away)
    begun = int(case.station.shell.ask(part))
    if not begun:
        raise MachineFailed("what was downloaded is gone")
    case.office.open_front()
    case.wait_for_boot_loader(trial="B")


def usb_update(case: InService) -> None:
    """A stick where there is no office: installed at once, kept though the office does not answer, and told later."""
    if case.goes_on:
        case.station.switch_on()
    else:
        case.come_up()
        case.office.close_front()
        case.wait("the station to notice", case.is_away)
        case.check_in()
        case.plug()
        case.wait_for_slot("B", NEW)
        case.wait_for_boot_loader(good="B", trial="")
        case.pull()
        case.keep()
        case.office.open_front()
    case.wait_for_office("update.committed", NEW)
    case.ends_on("B", NEW)


CASES: Final[dict[str, Callable[[InService], None]]] = {
    "broken-app": broken_app,
    "broken-migration": broken_migration,
    "hang": hang,
    "full-data": full_data,
    "office-gone": office_gone,
    "usb-update": usb_update,
}
