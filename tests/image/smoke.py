"""`make image-smoke`: the image booted once, from a new station's first screen to a borrowed book in the office."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from deploy.demo.office import STATION
from deploy.demo.processes import ROOT, Crew, DemoFailed, say
from deploy.demo.records import office_records
from sync.protocol.enrolment import make_qr_text

from .machine import MachineFailed
from .office import OfficeAbroad
from .station import Station, needs_root, newest_image

OUT: Final = ROOT / "build" / "image" / "smoke"
_CORNERS: Final = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
_ANY_CODE: Final = "6901234567892"
_OFFICE_S: Final = 300.0


class Smoke:
    """One walk; each step raises if it did not hold."""

    def __init__(self, office: OfficeAbroad, station: Station) -> None:
        self.office, self.station = office, station

    def boot(self) -> None:
        """A disk as flashed, whose one slot is on trial: it must be judged, and be good."""
        say("image: a new disk, booted on trial")
        self.station.flash(self.office.site_file(), good="B", trial="A")
        self.station.switch_on()
        self.station.wait_for_screen("set-up screen")
        self.station.wait_for_shell()
        boot = self.station.boot_slots()
        if (boot.get("trial"), boot.get("tries")) != ("A", "1"):
            raise MachineFailed(f"the boot loader did not count the trial: {boot}")
        failed = self.station.shell.ask("systemctl --failed --no-legend --plain --no-pager")
        if failed:
            raise MachineFailed(f"did not start: {failed}")

    def enrol(self) -> None:
        """The QR of the office's page under the scanner."""
        say("image: enrolment by the scanner")
        self.station.tell_words()
        self.station.wait_for_words("请扫登记二维码")
        self.station.scan(make_qr_text(self.office.address, self.office.make_code()))
        self.station.wait_for_words("自检")
        self.station.keep_picture("enrolled, test next")

    def test_station(self) -> None:
        """The set-up test, where there is no camera: waived by name."""
        say("image: the set-up test")
        station = self.station
        station.scan(_ANY_CODE)
        station.wait_until_gone("请扫任意一个条码")
        self._touch_corners()
        station.tap("开始")
        station.tap("听到了")
        self._waive()
        station.tap("写验收单")
        self._sign_if_asked()
        station.wait_for_words("验收通过")
        station.keep_picture("sheet")
        station.tap("投入使用")
        station.wait_for_words("借书")
        station.keep_picture("home")

    def _touch_corners(self) -> None:
        """The crosses, one after the other."""
        self.station.tap("开始")
        for number, (x, y) in enumerate(_CORNERS, 1):
            self.station.wait_for_words(f"{number} / {len(_CORNERS)}")
            if number == 1:
                self.station.keep_picture("corners")
            self.station.machine.tap(x, y)
        self.station.wait_for_words("喇叭")

    def _waive(self) -> None:
        """What a machine in QEMU has not got."""
        deadline = time.monotonic() + 600
        while not self.station.shows("写验收单") or self.station.shows("只写验收单"):
            if time.monotonic() > deadline:
                raise MachineFailed(f"the test does not end: {self.station.shell.words()}")
            if self.station.shows("CONSULT-WINDOW"):
                raise MachineFailed("the call's window did not open, or did not answer")
            if self.station.shows("免检"):
                self.station.tap("免检")
                self._sign_if_asked()
            time.sleep(2)

    def _sign_if_asked(self) -> None:
        time.sleep(10)      # for whichever screen comes next
        if not self.station.shows("就是我"):
            return
        for sign in "WANG8":
            self.station.tap(sign, last=True)
        self.station.tap("就是我")

    def borrow(self) -> None:
        """A book by scan and tap, until the office has it."""
        say("image: a borrow by scan and tap")
        label = self._label()
        self.station.scan(label)
        self.station.wait_for_words("借这本")
        self.station.keep_picture("book")
        self.station.tap("借这本")
        self.station.wait_for_words("借好了")
        self.station.keep_picture("borrowed")
        self._wait_for_office("book.borrowed", label)

    def _label(self) -> str:
        """A copy on this station's shelf, once the station has heard of it."""
        label = self._shelved()
        knows = f"grep -l {label} /data/station/station.db /data/station/station.db-wal"
        self.station.machine.wait_for("books on the shelf", lambda: bool(self.station.shell.ask(knows)), _OFFICE_S)
        return label

    def _shelved(self) -> str:
        query = "SELECT label FROM library_copy WHERE station_id = ? AND status = 'on_shelf' ORDER BY label LIMIT 1"
        with closing(sqlite3.connect(f"{self.office.database.as_uri()}?mode=ro", uri=True)) as office:
            return str(office.execute(query, (STATION,)).fetchone()[0])

    def _wait_for_office(self, kind: str, words: str) -> None:
        def has_it() -> bool:
            return any(it.kind == kind and words in it.line for it in office_records(self.office.database))

        self.station.machine.wait_for(f"{kind} at the office", has_it, _OFFICE_S)

    def judge(self) -> None:
        """The trial ended well, by the station's own verdict."""
        say("image: waiting for the verdict on the trial")
        self.station.machine.wait_for(
            "the mark", lambda: self.station.boot_slots().get("trial") == "", _OFFICE_S,
        )
        if self.station.boot_slots()["good"] != "A":
            raise MachineFailed("another slot was marked good")


def main() -> int:
    """0 if every step held; pictures are in build/image/smoke."""
    needs_root()
    began_s = time.monotonic()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    try:
        image = newest_image()
        say(f"image: trying {image.name}")
        walk(image, OUT)
    except (MachineFailed, DemoFailed) as fault:
        print(f"image: {fault}", file=sys.stderr)
        return 1
    say(f"image: all of it held, {time.monotonic() - began_s:.0f} s; pictures in {OUT}")
    return 0


def walk(image: Path, out: Path) -> None:
    """The whole walk."""
    with Crew(out / "logs") as crew:
        office = OfficeAbroad(out / "office")
        office.prepare()
        office.serve(crew)
        office.open_front()
        smoke = Smoke(office, Station(image, out))
        station = smoke.station
        try:
            for step in (smoke.boot, smoke.enrol, smoke.test_station, smoke.borrow, smoke.judge):
                began_s, taps, scans = time.monotonic(), station.machine.taps, station.scans
                step()
                hands = f"{station.machine.taps - taps} taps, {station.scans - scans} scans"
                say(f"image: {step.__name__} held, {time.monotonic() - began_s:.0f} s, {hands}")
        finally:
            station.close()
            office.close_front()


if __name__ == "__main__":
    sys.exit(main())
