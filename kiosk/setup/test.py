"""The set-up test: every part in a row; what can be tried alone is tried at once, the rest by the technician."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final

import msgspec
from kivy.properties import BooleanProperty, StringProperty

from kiosk.errors import KioskError
from kiosk.stage.aside import run_aside
from kiosk.stage.base import Stage
from kiosk.stage.checks import Check, Checks, Outcome
from kiosk.stage.glances import Glances
from kiosk.stage.opened import Opened
from kiosk.ui.ticks import Tick, later
from kiosk.ui.words import _
from sync.protocol.events.setup import StationTested

from .base import SetupScreen
from .errors import AgentSilent, ScannerSilent, SpeakerSilent
from .part import PartRow, Way, note_of
from .service import LOUDSPEAKER, OFFICE, SCANNER, TOUCH, WATCHDOG, SetupService
from .words import part_words

_BY_HAND: Final = frozenset({TOUCH, SCANNER, LOUDSPEAKER})
_OFFICE_S: Final = 60.0
_OFFICE_AGAIN_S: Final = 2.0


class Tried(msgspec.Struct, frozen=True):
    """How a part came out on another screen."""

    part: str
    outcome: Outcome


class Named(msgspec.Struct, frozen=True):
    """Who stands before the screen."""

    who: str


class Signed(msgspec.Struct, frozen=True):
    """The sheet, and what its parts are called."""

    tested: StationTested
    names: Mapping[str, str]


class TestScreen(SetupScreen):
    """Not in service before every part works or is waived by somebody's name."""

    name: ClassVar[str] = "setup_test"

    verb = StringProperty("")
    advice = StringProperty("")     # what to do about what failed last
    is_complete = BooleanProperty(False)
    is_passed = BooleanProperty(False)
    _office_until_s = 0.0
    _waiting: Tick | None = None

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        super().__init__(stage, **given)
        self._tests = self.stage.service(SetupService)
        self._rows: dict[str, PartRow] = {}     # in the order of the sheet
        self._checks: list[Check] = []
        self._untried: list[Check] = []         # they may cover the window: not while a finger is wanted
        self._then = _nothing       # what goes on once it is known who stands here

    def enter(self, answer: object) -> None:
        """Begin, or go on with what another screen has found."""
        if not self._rows:
            self._begin()
        elif OFFICE not in self._tests.outcomes:
            self._ask_office()      # that was left while it waited
        if isinstance(answer, Tried):
            self._came_out({answer.part: answer.outcome})
        then, self._then = self._then, _nothing
        if isinstance(answer, Named):
            self._tests.who = answer.who
            later(then)     # once this screen is shown: it may show another

    def leave(self) -> None:
        """Wait for nothing."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def takes_scan(self, frame: bytes) -> bool:
        """Any code will do: it shows that the scanner reads."""
        if frame.strip() and SCANNER in self._rows:
            self.stage.play("done")
            self._came_out({SCANNER: Outcome("works")})
        return True

    def finish(self) -> None:
        """Sign the sheet and show it; first, who signs."""
        if not self._tests.who:
            self._ask_who(self.finish)
            return
        parts, opened = tuple(self._rows), self.stage.service(Opened)
        self.run(lambda: (self._tests.finish(parts), opened.look()), self._finished)

    def _finished(self, answer: tuple[StationTested, Glances]) -> None:
        tested, glances = answer
        self.stage.set_glances(glances)
        self.stage.show("setup_sheet", Signed(tested, {part: row.text for part, row in self._rows.items()}))

    def _begin(self) -> None:
        self._add(part_words())
        if WATCHDOG not in self._tests.outcomes:
            self._try(WATCHDOG)
        if OFFICE not in self._tests.outcomes:
            self._try_office()
        else:
            self._ask_rooms()

    def _add(self, names: Mapping[str, str]) -> None:
        new = {part: PartRow(part=part, text=words) for part, words in names.items() if part not in self._rows}
        self._rows |= new
        for part, row in new.items():
            self.ids.rows.add_widget(row)
            self._show(part)

    def _ask_rooms(self) -> None:
        # What there is to try stands in the office's settings, which come with the first exchange.
        self.stage.quietly(self.stage.service(Checks).all, self._add_checks)

    def _add_checks(self, checks: list[Check]) -> None:
        self._checks = checks
        for check in checks:
            if not (self._rows.keys() | self._tests.outcomes.keys()) & check.parts.keys():
                self._untried.append(check)
            self._add(check.parts)
        self._try_rooms()

    def _came_out(self, outcomes: Mapping[str, Outcome]) -> None:
        for part, outcome in outcomes.items():
            self._tests.outcomes[part] = outcome
            self._tests.waived.pop(part, None)
            self._show(part)
        self._try_rooms()

    def _show(self, part: str) -> None:
        outcome, by = self._tests.outcomes.get(part), self._tests.waived.get(part, "")
        if outcome is None:
            self._rows[part].show("waiting", *self._first_ways(part))
        elif outcome.result == "fails" and not by:
            again, waive = Way(_("再试"), partial(self._try, part)), Way(_("免检"), partial(self._waive, part))
            self._rows[part].show("fails", note_of(outcome, ""), (again, waive))
        else:
            self._rows[part].show("waived" if by else outcome.result, note_of(outcome, by))
        self._sum_up()

    def _sum_up(self) -> None:
        known = {part: self._tests.outcomes.get(part) for part in self._rows}
        left = list(known.values()).count(None)
        failed = {
            self._rows[part].text: found.next_step for part, found in known.items()
            if found is not None and found.result == "fails" and part not in self._tests.waived
        }
        self.is_complete, self.is_passed = not left, not left and not failed
        self.advice = next((f"{words}：{_(next_step)}" for words, next_step in failed.items()), "")
        if left:
            self.verb = _("还有 {count} 项").format(count=left)
        else:
            self.verb = _("写验收单，投入使用") if self.is_passed else _("有没通过的，只写验收单")

    def _first_ways(self, part: str) -> tuple[str, tuple[Way, ...]]:
        if part == SCANNER:
            silent = Way(_("扫了没反应"), partial(self._failed, part, ScannerSilent()))
            return _("请扫任意一个条码"), (silent,)
        if part in {TOUCH, LOUDSPEAKER}:
            return "", (Way(_("开始"), partial(self._try, part)),)
        return (_("上面几项测完就自动测") if any(part in check.parts for check in self._untried) else ""), ()

    def _try(self, part: str) -> None:
        if part == TOUCH:
            self.stage.show("setup_corners")
        elif part == LOUDSPEAKER:
            self._listen()
        elif part == SCANNER:
            self._tests.outcomes.pop(part, None)
            self._show(part)
        elif part == OFFICE:
            self._try_office()
        elif part == WATCHDOG:
            self._rows[part].show("running")
            self.stage.quietly(self._tests.try_watchdog, lambda outcome: self._came_out({WATCHDOG: outcome}))
        else:
            self._try_check(next(check for check in self._checks if part in check.parts))

    def _try_rooms(self) -> None:
        if self._tests.outcomes.keys() >= _BY_HAND:
            checks, self._untried = self._untried, []
            for check in checks:
                self._try_check(check)

    def _try_check(self, check: Check) -> None:
        for part in check.parts:
            self._rows[part].show("running", _("正在测，请稍等"))
        run_aside(check, self._came_out)

    def _try_office(self) -> None:
        self._office_until_s = self.stage.clock.monotonic() + _OFFICE_S
        self._rows[OFFICE].show("running", _("等同步程序连上，最多一分钟"))
        self._ask_office()

    def _ask_office(self) -> None:
        self.leave()
        self.stage.quietly(self._tests.try_office, self._office_said)

    def _office_said(self, outcome: Outcome | None) -> None:
        if outcome is not None:
            self._came_out({OFFICE: outcome})
            self._ask_rooms()
        elif self.stage.clock.monotonic() > self._office_until_s:
            self._failed(OFFICE, AgentSilent())
        elif self.parent is not None:
            self._waiting = later(self._ask_office, _OFFICE_AGAIN_S)

    def _listen(self) -> None:
        self.stage.play("done")
        heard = Way(_("听到了"), lambda: self._came_out({LOUDSPEAKER: Outcome("works")}))
        silent = Way(_("没听到"), partial(self._failed, LOUDSPEAKER, SpeakerSilent()))
        self._rows[LOUDSPEAKER].show("running", _("刚才放了两声"), (heard, silent))

    def _failed(self, part: str, error: KioskError) -> None:
        self._came_out({part: Outcome("fails", _(error.cause), error.code, error.next_step)})

    def _waive(self, part: str) -> None:
        if not self._tests.who:
            self._ask_who(partial(self._waive, part))
            return
        self._tests.waived[part] = self._tests.who
        self._show(part)

    def _ask_who(self, then: Callable[[], object]) -> None:
        self.stage.show("setup_name")
        self._then = then


def _nothing() -> None:
    """Nobody waits for a name."""
