"""`make image-test CASE=name`: updates of a station in QEMU. What passed for this image is not run again."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from deploy.demo.processes import DemoFailed, say
from deploy.image.stages import ImageFailed, sha256_of

from . import in_service
from .bundles import NEW, NO_KERNEL, make_update, sign_again
from .in_service import OUT, InService
from .machine import MachineFailed
from .station import Station, needs_root, newest_image

_INSTALL_S: Final = 600.0
_TRIALS: Final = 3


class Case:
    """A station that nobody has set up yet, and what its boot loader does."""

    def __init__(self, name: str) -> None:
        self.folder = OUT / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.station = Station(newest_image(), self.folder)
        self.version = newest_image().stem.removeprefix("yizhan-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_given: object) -> None:
        self.station.close()

    def boot(self) -> None:
        """A new disk, until the set-up screen."""
        self.station.flash("")
        self.station.switch_on()
        self.station.wait_for_screen("before")
        self.station.wait_for_shell()
        self.is_on("A", self.version)

    def is_on(self, slot: str, version: str) -> None:
        """Raises MachineFailed unless this slot runs this version."""
        if not self.station.runs(slot, version):
            raise MachineFailed(f"not slot {slot} with {version}")

    def send(self, file: Path) -> str:
        """Put a bundle where updates lie, by the machine's own network; its path there."""
        port = serve(file.parent)
        place = f"/data/updates/{file.name}"
        say(f"image: sending {file.name}")
        self.station.shell.ask(
            'python3 -c "import urllib.request,shutil;'
            f"shutil.copyfileobj(urllib.request.urlopen('http://10.0.2.2:{port}/{file.name}'),open('{place}','wb'),1048576)\"",
            _INSTALL_S,
        )
        return place

    def install(self, place: str, *, fine: bool = True) -> str:
        """RAUC's installation, as the door to the machine does it; what it said."""
        say("image: installing")
        said = self.station.shell.ask(f"rauc install {place}; echo ended-$?", _INSTALL_S)
        if ("ended-0" in said) != fine:
            raise MachineFailed(f"the installation {'failed' if fine else 'did not fail'}: {said[-500:]}")
        return said

    def boot_again(self, *, trial: str) -> None:
        """Start again; GRUB must take this slot, and count it if it is a trial."""
        self.station.shell.ask("sync")
        self.station.switch_off()
        self.station.switch_on()
        self.station.wait_for_shell()
        slots = self.station.boot_slots()
        if slots.get("trial", "") != trial:
            raise MachineFailed(f"the boot loader's variables are {slots}")


def serve(folder: Path) -> int:
    """Hand out the files of a folder on loopback; the port."""
    import functools
    import http.server
    import threading

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def good_update(case: Case) -> None:
    """A good update boots on trial, is marked good, and stays."""
    update = make_update("good")
    case.boot()
    case.install(case.send(update))
    case.boot_again(trial="B")
    case.is_on("B", NEW)
    case.station.wait_for_screen("after the update")
    case.station.shell.ask("rauc status mark-good booted")
    case.boot_again(trial="")
    case.is_on("B", NEW)


def bad_signature(case: Case) -> None:
    """An update of somebody else's is refused, and nothing changes."""
    update = sign_again(make_update("good"), case.folder)
    case.boot()
    before = case.station.boot_slots()
    said = case.install(case.send(update), fine=False)
    if "signature" not in said:
        raise MachineFailed(f"refused, but not for its signature: {said[-300:]}")
    if case.station.boot_slots() != before:
        raise MachineFailed("the boot loader's variables changed")


def broken_kernel(case: Case) -> None:
    """A kernel that does not start: three trials, then the old version for good."""
    update = make_update("kernel", spoilt=NO_KERNEL)
    case.boot()
    case.install(case.send(update))
    case.station.switch_off()
    case.station.switch_on()
    case.station.wait_for_screen("back on the old version")
    case.station.wait_for_shell()
    case.is_on("A", case.version)


def power_cuts(case: Case) -> None:
    """Two power cuts in a trial do not end it; the third trial may still be marked good."""
    update = make_update("good")
    case.boot()
    case.install(case.send(update))
    for count in range(1, _TRIALS + 1):
        case.boot_again(trial="B")
        case.is_on("B", NEW)
        tries = case.station.boot_slots()["tries"]
        if tries != str(count):
            raise MachineFailed(f"trial {count} is counted as {tries}")
    case.station.shell.ask("rauc status mark-good booted")
    case.boot_again(trial="")
    case.is_on("B", NEW)


CASES: Final[dict[str, Callable[[Case], None]]] = {
    "good-update": good_update,
    "bad-signature": bad_signature,
    "broken-kernel": broken_kernel,
    "power-cuts": power_cuts,
}


def play(name: str) -> None:
    """One case; raises MachineFailed, ImageFailed, DemoFailed."""
    if name in CASES:
        with Case(name) as case:
            CASES[name](case)
    else:
        with InService(name) as case:
            try:
                in_service.CASES[name](case)
            except MachineFailed:
                case.forget()
                raise
            case.forget()


def main() -> int:
    """0 if every case that was asked for passed, for this image or before."""
    parser = argparse.ArgumentParser(prog="python -m tests.image.cases")
    words = {name: (case.__doc__ or "").strip() for name, case in (CASES | in_service.CASES).items()}
    parser.add_argument("case", nargs="*", choices=[*words, []], help="all of them otherwise")
    given = parser.parse_args()
    needs_root()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))       # cut, but in order
    passed_for = OUT / "passed"
    OUT.mkdir(parents=True, exist_ok=True)
    name_of_image = sha256_of(newest_image())
    failed = False
    for name in given.case or words:
        line = f"{name} {name_of_image}"
        passed = passed_for.read_text().splitlines() if passed_for.exists() else []
        if line in passed:
            say(f"image: {name} passed before for this image")
            continue
        say(f"image: {name}: {words[name]}")
        began_s = time.monotonic()
        try:
            play(name)
        except (MachineFailed, ImageFailed, DemoFailed) as fault:
            say(f"image: {name} FAILED: {fault}")
            failed = True
        else:
            passed_for.write_text("\n".join([*passed, line]) + "\n")
            say(f"image: {name} passed, {time.monotonic() - began_s:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
