"""A workload on a real station in QEMU, every write and flush of its disk kept.

Workers check in at the screen while an update comes, is written, is tried and is marked good. The station is the one
that `make image-smoke` has left: enrolled, tested, in service.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from deploy.demo.processes import say
from deploy.image.stages import sha256_of
from tests.image.bundles import make_update
from tests.image.cases import serve
from tests.image.machine import Machine, MachineFailed
from tests.image.smoke import OUT as SMOKE
from tests.image.station import BOOT_S, Station

from .recorded import BEFORE, LOG, Confirmed, Recorded, keep

_KIND: Final = "checkin.made"
_INSTALL_S: Final = 900.0
_PIECE_S: Final = 60.0


class LoggedMachine(Machine):
    """A machine whose disk keeps a log, of one run of QEMU: started anew, it would forget what was not flushed."""

    @property
    def log(self) -> Path:
        """The log of its writes."""
        return self.folder / LOG

    def drive(self) -> list[str]:
        """The disk behind the one that logs."""
        disk = f"file.driver=raw,file.file.driver=file,file.file.filename={self.disk}"
        log = f"log.driver=raw,log.file.driver=file,log.file.filename={self.log}"
        return [
            "-blockdev", f"driver=blklogwrites,node-name=disk,{disk},{log}", "-device", "virtio-blk-pci,drive=disk",
        ]


class Workload:
    """Somebody who checks in again and again, whatever the station is at."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.station = Station(image, folder)
        self.station.disk = folder / "disk.raw"
        self.station.machine = machine = LoggedMachine(self.station.disk, folder)
        self._log = machine.log
        self._log.touch()
        self.confirmed: list[Confirmed] = []
        self.steps: dict[str, int] = {}

    @property
    def _log_bytes(self) -> int:
        return self._log.stat().st_size

    def begin(self, step: str) -> None:
        """Say and keep what it is at now."""
        say(f"powercut: {step}")
        self.steps[step] = self._log_bytes

    def come_up(self) -> None:
        """Until there is a home screen whose words can be read."""
        self.station.wait_for_screen("booted")
        self.station.wait_for_shell()
        self.station.tell_words()
        self.station.wait_for_words("借书", 300)

    def start_again(self, slot: str) -> None:
        """As an update does; raises MachineFailed unless this slot runs then."""
        self.station.shell.ask("systemctl --no-block reboot")
        self.station.machine.wait_for(f"slot {slot}", partial(self._runs, slot), BOOT_S)
        self.come_up()

    def _runs(self, slot: str) -> bool:
        self.station.wait_for_shell()
        try:
            return f"rauc.slot={slot}" in self.station.shell.ask("cat /proc/cmdline", 10)
        except MachineFailed:
            return False

    def check_in(self) -> None:
        """One more worker; what the screen said is kept only after it said it."""
        count = len(self.confirmed)
        self.station.check_in(count)
        self.confirmed.append(Confirmed(self._log_bytes, {_KIND: count + 1}))
        self.station.go_home()

    def check_in_while(self, command: str) -> None:
        """Workers come while the machine does this; raises MachineFailed if it fails."""
        shell = self.station.shell
        shell.ask(f"rm -f /run/ended; ({command}; echo ended-$? >/run/ended) >/run/said 2>&1 &")
        self.station.machine.wait_for(command[:40], lambda: self._has_ended(self.check_in), _INSTALL_S)
        if "ended-0" not in shell.read("/run/ended"):
            raise MachineFailed(f"{command[:60]}: {shell.read('/run/said')[-300:]}")

    def _has_ended(self, meanwhile: Callable[[], None]) -> bool:
        if "ended" in self.station.shell.read("/run/ended"):
            return True
        meanwhile()
        return False


def record(image: Path, folder: Path) -> Recorded:
    """Play the workload; raises MachineFailed."""
    smoke = SMOKE / "disk.qcow2"
    if not smoke.exists():
        raise MachineFailed("there is no station in service yet: run `make image-smoke` first")
    update = make_update("good")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in (BEFORE, "disk.raw"):
        subprocess.run(["qemu-img", "convert", "-O", "raw", str(smoke), str(folder / name)], check=True)
    work = Workload(image, folder)
    try:
        _play(work, update)
    finally:
        work.station.switch_off()
    (folder / "disk.raw").unlink()
    whole = [made.parent / "slot.ext4" for made in (image, update)]
    slots = {sha256_of(slot): slot.stat().st_size for slot in whole}
    recorded = Recorded(sha256_of(image), slots, tuple(work.confirmed), work.steps)
    keep(folder, recorded)
    return recorded


def _play(work: Workload, update: Path) -> None:
    work.begin("boot")
    work.station.switch_on()
    work.come_up()
    work.begin("check-ins")
    for _ in range(3):
        work.check_in()
    work.begin("download")
    place = f"/data/updates/{update.name}"
    address = f"http://10.0.2.2:{serve(update.parent)}/{update.name}"
    fetch = f"import shutil, urllib.request as web; shutil.copyfileobj(web.urlopen('{address}'), open('{place}', 'wb'))"
    work.check_in_while(f'python3 -c "{fetch}"')
    work.begin("install")
    work.check_in_while(f"rauc install {place}")
    work.begin("trial")
    work.start_again("B")
    work.check_in()
    work.begin("mark good")
    work.station.shell.ask("rauc status mark-good booted", _PIECE_S)
    work.begin("after")
    work.check_in()
