"""`make run`: office, station and screen from nothing on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .display import VirtualDisplay, find_display_size
from .office import STATION, USER, Office, once
from .processes import ROOT, Crew, DemoFailed, say, tool
from .station import Station, has_camera
from .words import _

PORTRAIT: Final = (1080, 1920)
LANDSCAPE: Final = (1920, 1080)
_SMALLEST_SIDE: Final = 480
_MARGIN: Final = (40, 90)   # window frame and panel of a desktop
_SYNC_PERIOD_S: Final = 3.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C, a closed window or a failure; 0 if it was wanted."""
    parser = argparse.ArgumentParser(
        "make run", description=_("Office, station and screen from nothing on this machine, until Ctrl-C.")
    )
    parser.add_argument("--data", type=Path, default=ROOT / "data", help=_("folder of data and logs (default: data)"))
    folder = Path(parser.parse_args(arguments).data).absolute()
    try:
        with sole_run(folder), Crew(folder / "logs") as crew:
            run(crew, folder)
            say("\n" + _("the window was closed; stopping everything"))
    except KeyboardInterrupt:
        say("\n" + _("stopped"))
    except DemoFailed as fault:
        say(f"\n{fault}\n\n" + _("Whatever this run had started is stopped."))
        return 1
    return 0


def run(crew: Crew, folder: Path) -> None:
    """Start everything and keep it running until the kiosk's window is closed; raises DemoFailed."""
    office, station = Office(folder / "central", _SYNC_PERIOD_S), Station(folder)
    office.prepare()
    office.serve(crew)
    once(folder / "enrolled", lambda: _enrol(office, station))
    place = find_display_size()
    if place:
        display, size, screen = {}, fitted(*place), _("the window")
    else:
        virtual = VirtualDisplay(crew, folder, *PORTRAIT)
        display, size = virtual.env, PORTRAIT
        screen = virtual.serve()
    station.start(crew, display, size)
    _explain(folder, office, station, screen)
    crew.watch_until_closed("kiosk")


def fitted(width: int, height: int) -> tuple[int, int]:
    """The largest portrait window for this display, or a landscape one where portrait would be too small."""
    space = (width - _MARGIN[0], height - _MARGIN[1])
    for wanted in (PORTRAIT, LANDSCAPE):
        scale = min(1.0, space[0] / wanted[0], space[1] / wanted[1])
        size = (int(wanted[0] * scale), int(wanted[1] * scale))
        if min(size) >= _SMALLEST_SIDE:
            return size
    return _SMALLEST_SIDE * 16 // 9, _SMALLEST_SIDE


@contextmanager
def sole_run(folder: Path) -> Generator[None]:
    """Hold the data folder for this run alone; raises DemoFailed if another run has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            lock.seek(0)
            running = _("`make run` is already running here (process {pid}).").format(pid=lock.read().strip())
            raise DemoFailed(running) from cause
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _enrol(office: Office, station: Station) -> None:
    say(_("enrolling station {station} with a one-time code").format(station=STATION))
    station.enrol(office.url, office.make_code())


def _explain(folder: Path, office: Office, station: Station, screen: str) -> None:
    scan = f"{_short(Path(tool('yizhan-scanner')))} scan"
    if station.socket != ROOT / "data" / "scanner.sock":
        scan += f" --socket {_short(station.socket)}"
    camera = "" if has_camera() else _("No camera is here: a drawn picture stands for it, and says so.") + "\n"
    say(_("""
The station's screen   {screen}
The office             {url}/   user {user}   password {password}

Scan a book: the drawer at the edge of the screen, or in another terminal
    {scan} YZ0000001X      a book's label
    {scan} 9787506365437   its printed barcode
    {scan} 6901234567892   a code that nobody knows

See a doctor: open {url}/desk/ and press 现在休息，点这里上班; then tap 看医生 at the station.
{camera}
Data and logs are in {folder}/ and stay there for the next run; `make clean` deletes them.
Ctrl-C stops everything.""").format(
        screen=screen, url=office.url, user=USER, password=office.password, scan=scan, camera=camera,
        folder=_short(folder),
    ))


def _short(path: Path) -> Path:
    """A path as it is typed in the project's folder."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


if __name__ == "__main__":
    sys.exit(main())
