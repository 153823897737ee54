"""`make image-test CASE=name`: updates of a station in QEMU. What passed for this image is not run again."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deploy.demo.processes import ROOT, say
from deploy.image import __main__ as image
from deploy.image import bundle
from deploy.image.stages import ImageFailed, Making, run, sha256_of

from .machine import MachineFailed
from .station import Station, needs_root, newest_image

OUT: Final = ROOT / "build" / "image" / "cases"
_INSTALL_S: Final = 600.0
_TRIALS: Final = 3


class Case:
    """A station that is up, and bundles of this image, good and spoilt."""

    def __init__(self, name: str) -> None:
        self.folder = OUT / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.station = Station(newest_image(), self.folder)
        self.version = newest_image().stem.removeprefix("yizhan-")

    def boot(self) -> None:
        """A new disk, until the set-up screen."""
        self.station.flash("")
        self.station.switch_on()
        self.station.wait_for_screen("before")
        self.station.wait_for_shell()
        self.is_on("A", self.version)

    def is_on(self, slot: str, version: str) -> None:
        """Raises MachineFailed unless this slot runs this version."""
        said = self.station.shell.ask("cat /proc/cmdline /etc/os-release")
        if f"rauc.slot={slot}" not in said or f"IMAGE_VERSION={version}" not in said:
            raise MachineFailed(f"not slot {slot} with {version}: {said[:200]}")

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
        slots = self.station.shell.boot_slots()
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


def make_update(name: str, version: str, *, spoilt: str = "", ca: Path | None = None) -> Path:
    """A bundle made from the same packages: a later version, with a fault if one is asked for; made once."""
    out = ROOT / "build" / "image" / f"update-{name}"
    first = image.prepare(ROOT / "build" / "image", version, None)
    out.mkdir(exist_ok=True)
    for kept in ("root-amd64.tar", "root.stamp", "wheels", "wheels.stamp", "ours", "ours.stamp"):
        target = out / kept
        if not target.exists():
            target.symlink_to(first.out / kept)
    making = Making(out, version, first.epoch, first.ca, spoilt=spoilt)
    image.make(making, until="slot")
    signed = making if ca is None else Making(out, version, first.epoch, ca, spoilt=spoilt)
    bundle.stage(signed).run(out)
    return bundle.bundle_of(signed)


def good_update(case: Case) -> None:
    """A good update boots on trial, is marked good, and stays."""
    update = make_update("good", "2099.1.1")
    case.boot()
    case.install(case.send(update))
    case.boot_again(trial="B")
    case.is_on("B", "2099.1.1")
    case.station.wait_for_screen("after the update")
    case.station.shell.ask("rauc status mark-good booted")
    case.boot_again(trial="")
    case.is_on("B", "2099.1.1")


def bad_signature(case: Case) -> None:
    """An update of somebody else's is refused, and nothing changes."""
    stranger = ROOT / "build" / "image" / "stranger"
    run([ROOT / "deploy" / "image" / "keys", stranger])
    update = make_update("stranger", "2099.1.1", ca=stranger)
    case.boot()
    before = case.station.shell.boot_slots()
    said = case.install(case.send(update), fine=False)
    if "signature" not in said:
        raise MachineFailed(f"refused, but not for its signature: {said[-300:]}")
    if case.station.shell.boot_slots() != before:
        raise MachineFailed("the boot loader's variables changed")


def broken_kernel(case: Case) -> None:
    """A kernel that does not start: three trials, then the old version for good."""
    update = make_update("kernel", "2099.1.1", spoilt="kernel")
    case.boot()
    case.install(case.send(update))
    case.station.switch_off()
    case.station.switch_on()
    case.station.wait_for_screen("back on the old version")
    case.station.wait_for_shell()
    case.is_on("A", case.version)


def power_cuts(case: Case) -> None:
    """Two power cuts in a trial do not end it; the third trial may still be marked good."""
    update = make_update("good", "2099.1.1")
    case.boot()
    case.install(case.send(update))
    for count in range(1, _TRIALS + 1):
        case.boot_again(trial="B")
        case.is_on("B", "2099.1.1")
        tries = case.station.shell.boot_slots()["tries"]
        if tries != str(count):
            raise MachineFailed(f"trial {count} is counted as {tries}")
    case.station.shell.ask("rauc status mark-good booted")
    case.boot_again(trial="")
    case.is_on("B", "2099.1.1")


CASES: Final[dict[str, Callable[[Case], None]]] = {
    "good-update": good_update,
    "bad-signature": bad_signature,
    "broken-kernel": broken_kernel,
    "power-cuts": power_cuts,
}


def main() -> int:
    """0 if every case that was asked for passed, for this image or before."""
    parser = argparse.ArgumentParser(prog="python -m tests.image.cases")
    parser.add_argument("case", nargs="*", choices=[*CASES, []], help="all of them otherwise")
    given = parser.parse_args()
    needs_root()
    passed_for = OUT / "passed"
    OUT.mkdir(parents=True, exist_ok=True)
    name_of_image = sha256_of(newest_image())
    failed = False
    for name in given.case or CASES:
        line = f"{name} {name_of_image}"
        passed = passed_for.read_text().splitlines() if passed_for.exists() else []
        if line in passed:
            say(f"image: {name} passed before for this image")
            continue
        say(f"image: {name}: {(CASES[name].__doc__ or '').strip()}")
        began_s = time.monotonic()
        case = Case(name)
        try:
            CASES[name](case)
        except (MachineFailed, ImageFailed) as fault:
            say(f"image: {name} FAILED: {fault}")
            failed = True
        else:
            passed_for.write_text("\n".join([*passed, line]) + "\n")
            say(f"image: {name} passed, {time.monotonic() - began_s:.0f} s")
        finally:
            case.station.switch_off()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
