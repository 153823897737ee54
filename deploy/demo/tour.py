"""`make tour`: the main job done unattended on real input; ends with 0 only if each step held.

Taps are X events, scans are a scanner's bytes on a pseudo-terminal, the line is really cut. What a step did is
read from the station's journal and the office's database, never asked of the programs themselves. Each step waits for
the words it is about, as the documents in the station's store have them, and for their ink on the screen's picture.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from .display import VirtualDisplay
from .doctor import ADVICE, doctor_of
from .eye import Eye
from .line import Line
from .office import STATION, Office
from .office_page import read_office_page
from .processes import ROOT, Crew, DemoFailed, say
from .records import (
    Record,
    how_it_ended,
    is_desk_open,
    office_records,
    shelved_labels,
    station_records,
    title_of,
    trades,
)
from .station import Station
from .words import _

OUT: Final = ROOT / "build" / "tour"
SIZE: Final = (1080, 1920)
_SYNC_PERIOD_S: Final = 2.0
_SAME_CODE_S: Final = 5.5   # the same code within 5 s is ignored
# Where a finger taps on the portrait screen.
PLACES: Final[dict[str, tuple[int, int]]] = {
    "first trade": (160, 875),
    "second trade": (410, 875),
    "borrow this": (287, 1016),
    "return this": (793, 1016),
    "home": (206, 1850),
    "begin to wait": (740, 1789),
    "face": (350, 1300),
}
BLUE: Final = (0x1C, 0x66, 0xA8)        # of what belongs to the doctor
BESIDE: Final = -160                    # pixels from the middle of a button to where no word is
DRAWN: Final = (0, 0x88, 0)             # of the browser's picture that stands for a camera's
_EXPECTED: Final = ["checkin.made", "book.borrowed", "book.returned", "checkin.made"]


class Tour:
    """One walk through the main job; each method is a step that raises DemoFailed if it did not hold."""

    def __init__(self, crew: Crew, folder: Path) -> None:
        self._crew = crew
        self._office = Office(folder / "central", _SYNC_PERIOD_S, port=0, with_history=False)
        self._station = Station(folder)
        self._display = VirtualDisplay(crew, folder, *SIZE)
        self._eye = Eye(crew, self._display.env["DISPLAY"], self._station.words, OUT)
        self._label = self._title = ""
        self._trades: list[str] = []
        self._scanned_s = 0.0

    def walk(self) -> None:
        """All steps in order."""
        os.environ.update(self._display.env)
        self._office.prepare()
        self._office.serve(self._crew)
        line = Line(self._office.port)
        self._station.enrol(f"http://127.0.0.1:{line.port}", self._office.make_code())
        self._station.start(self._crew, self._display.env, SIZE, with_words=True)
        self.wait_for_home()
        self.check_in("first trade", "checked-in")
        self.scan_label("book", "借这本")
        self.tap_for("borrow this", "book.borrowed", self._label, "borrowed", "借好了", self._title)
        self.wait_until_sent()
        line.cut()
        say("ok  " + _("the line is cut"))
        self.go_home("home-offline", "未联网")
        self.scan_label("book-offline", "还这本")
        self.tap_for("return this", "book.returned", self._label, "returned-offline", "还好了", self._title)
        self.go_home("home-returned", "未联网", "已存")
        self.check_in("second trade", "checked-in-offline")
        self.compare_while_cut()
        line.mend()
        say("ok  " + _("the line is mended"))
        self.wait_until_sent()
        self.compare_with_office()
        self.compare_with_page()
        self.see_a_doctor()

    def wait_for_home(self) -> None:
        """The office's documents are here and the home screen shows them."""
        self._crew.wait_for(
            _("the office's documents"), lambda: len(shelved_labels(self._station.database, STATION)) > 0
        )
        self._label = shelved_labels(self._station.database, STATION)[0]
        self._title = title_of(self._station.database, self._label)
        self._trades = trades(self._station.database)
        self._eye.look("home", *self._trades, "借书", "还书")
        say("ok  " + _("home, with what the office published: {words}").format(words="、".join(self._trades)))

    def check_in(self, place: str, picture: str) -> None:
        """A tap on a trade is one visit."""
        self.tap_for(place, "checkin.made", "", picture, "签到成功")

    def scan_label(self, picture: str, offer: str) -> None:
        """The scanner reads the copy's label; the screen shows its title with what it offers, and records nothing."""
        before = len(self._job())
        wait_s = self._scanned_s + _SAME_CODE_S - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        self._station.scan(self._label)
        self._scanned_s = time.monotonic()
        self._eye.look(picture, self._title, offer)
        if len(self._job()) != before:
            raise DemoFailed(_("the scan alone already wrote into the journal"))
        say("ok  " + _("scanned {label}: {title}").format(label=self._label, title=self._title))

    def go_home(self, picture: str, *words: str) -> None:
        """The next worker finds the home screen."""
        self.tap("home")
        self._eye.look(picture, *self._trades, *words)

    def tap(self, place: str) -> None:
        """Touch a place and let go."""
        self._touch(*PLACES[place])

    def tap_words(self, words: str, picture: str, *then: str) -> None:
        """Touch what bears these words, and see the next ones."""
        self._touch(*self._eye.place_of(words))
        self._eye.look(picture, *then)

    def tap_for(self, place: str, kind: str, label: str, picture: str, *words: str) -> None:
        """A tap that must write exactly one event of this kind, and show these words."""
        before = len(self._job())
        self.tap(place)
        self._crew.wait_for(
            _("{kind} in the journal after tapping '{place}'").format(kind=kind, place=place),
            lambda: len(self._job()) > before,
        )
        self._eye.look(picture, *words)
        new = self._job()[before:]
        if [record.kind for record in new] != [kind] or label not in new[0].line:
            found = [record.kind for record in new]
            raise DemoFailed(
                _("tapping '{place}' wrote {found} instead of one {kind}").format(place=place, found=found, kind=kind)
            )
        say("ok  " + _("tapped '{place}': {kind}, {words}").format(place=place, kind=kind, words="、".join(words)))

    def wait_until_sent(self) -> None:
        """The station has no event left that the office did not acknowledge."""
        self._crew.wait_for(_("the journal to be sent"), lambda: not self._waiting())
        say("ok  " + _("everything is sent"))

    def compare_while_cut(self) -> None:
        """What happened offline is on the station and not at the office."""
        if len(self._waiting()) < 2 or set(office_records(self._office.database)) & set(self._waiting()):
            raise DemoFailed(_("the line was cut, but the office has what happened meanwhile"))
        say("ok  " + _("offline: saved here, not yet at the office"))

    def compare_with_office(self) -> None:
        """The office's database has exactly the station's events, each once, and of the job just these four."""
        here, there = [record for record, _ in self._records()], office_records(self._office.database)
        if sorted(here) != sorted(there):
            raise DemoFailed(
                _("the station has {here} events, the office {there}, and they differ").format(
                    here=len(here), there=len(there)
                )
            )
        if [record.kind for record in self._job()] != _EXPECTED:
            found = [record.kind for record in self._job()]
            raise DemoFailed(_("expected {expected}, found {found}").format(expected=_EXPECTED, found=found))
        kinds = ", ".join(_EXPECTED)
        say("ok  " + _("the office's database has exactly these events, once: {kinds}").format(kinds=kinds))

    def compare_with_page(self) -> None:
        """The office's page shows the two visits, the loan and the return, once."""
        page = read_office_page(self._office, self._label, self._eye.next_path("office-page"))
        expected = {"visits": 2, "borrowed": 1, "returned": 1, "loan lines": 1, "return lines": 1}
        if page != expected:
            raise DemoFailed(
                _("the office's page says {found} instead of {expected}").format(found=page, expected=expected)
            )
        say("ok  " + _("the office's page shows them, once"))

    def see_a_doctor(self) -> None:
        """From a tap to a face: each sees the other, and both say afterwards that they talked."""
        self.go_home("home-before-the-call")
        with doctor_of(self._office) as doctor:
            doctor.come_on_duty()
            self._crew.wait_for(_("the doctor to be announced"), lambda: is_desk_open(self._station.database), 60)
            self._eye.look("doctor-on-duty", "现在有医生在线")
            self.tap_words("看医生", "what-to-know", "不录像，不录音")
            self.tap_words("同意，继续", "emergency", "胸口痛")
            self.tap_words("都没有，继续", "complaint", "哪里不舒服")
            self._touch(*self._eye.place_of("不选，下一步"))
            self._crew.wait_for(_("the mirror"), lambda: self._is("begin to wait", BLUE), 60)
            self._eye.look("mirror")
            self.tap("begin to wait")
            doctor.answer()
            self._wait_for_call("consultation.connected")
            self._crew.wait_for(_("the doctor's face"), lambda: self._is("face", DRAWN), 60)
            doctor.write(ADVICE)
            self._eye.look("doctor-at-the-station")
            doctor.take_picture(self._eye.next_path("worker-at-the-desk"))
            doctor.hang_up()
            self._wait_for_call("consultation.ended")
            self._eye.look("after-the-call", ADVICE)
        self.wait_until_sent()
        if (ending := how_it_ended(self._office.database)) != "talked":
            raise DemoFailed(
                _("the office's record says '{found}' instead of '{expected}'").format(found=ending, expected="talked")
            )
        say("ok  " + _("a doctor was seen: both faces, and the record says that they talked"))

    def _touch(self, x: int, y: int) -> None:
        subprocess.run(["xdotool", "mousemove", str(x), str(y), "mousedown", "1", "mouseup", "1"], check=True)

    def _is(self, place: str, colour: tuple[int, int, int]) -> bool:
        x, y = PLACES[place]
        return self._eye.shows(colour, x + BESIDE, y)

    def _wait_for_call(self, kind: str) -> None:
        self._crew.wait_for(kind, lambda: any(record.kind == kind for record, _ in self._records()), 60)

    def _records(self) -> list[tuple[Record, str]]:
        return station_records(self._station.database)

    def _job(self) -> list[Record]:
        """Events of the main job; ends of visits and reports of devices come and go by themselves."""
        return [record for record, _ in self._records() if record.kind in _EXPECTED]

    def _waiting(self) -> list[Record]:
        return [record for record, state in self._records() if state != "acked"]


def main() -> int:
    """Walk once, with data of its own; 0 if each step held."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="yizhan-tour-") as folder:
        try:
            with Crew(OUT / "logs") as crew:
                Tour(crew, Path(folder)).walk()
        except DemoFailed as fault:
            where = _("Pictures and logs are in {folder}/.").format(folder=OUT.relative_to(ROOT))
            say(_("FAILED  {fault}").format(fault=fault) + f"\n{where}")
            return 1
        except KeyboardInterrupt:
            say(_("stopped"))
            return 130
    say(_("Every step held. Pictures are in {folder}/.").format(folder=OUT.relative_to(ROOT)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
