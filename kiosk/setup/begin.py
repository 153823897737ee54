"""The first screen of a new machine: language, network, and the code that makes a station of it."""

from __future__ import annotations

import logging
import math
import textwrap
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final
from urllib.parse import urlsplit

import msgspec
from kivy.properties import BooleanProperty, StringProperty

from kiosk.stage.causes import Failure, failure_of
from kiosk.ui.ticks import Tick, later
from kiosk.ui.words import LANGUAGES, _, clock_time, language_in_use
from sync.station.errors import AlreadyEnrolled, OfficeBusy
from sync.station.facts import Identity
from sync.station.host.table import Link
from sync.station.site import words as site_words

from .base import SetupRow, SetupScreen
from .enrolment import EnrolmentService, Surroundings

log = logging.getLogger(__name__)
_LOOK_AGAIN_S: Final = 5.0
_MOST_LINKS: Final = 3
_MOST_CHARS: Final = 60     # of a fault; all of it is in the log


class Typed(msgspec.Struct, frozen=True):
    """A one-time code that was typed."""

    code: str


class Scanned(msgspec.Struct, frozen=True):
    """An enrolment QR that another screen has heard of."""

    frame: bytes


class BeginScreen(SetupScreen):
    """Scan the QR, or type the code; everything that hinders is named with what to do."""

    name: ClassVar[str] = "setup_begin"

    headline = StringProperty("")
    next_step = StringProperty("")
    code = StringProperty("")
    is_busy = BooleanProperty(False)
    can_turn = BooleanProperty(False)
    can_set_clock = BooleanProperty(False)
    _looking: Tick | None = None
    _seen: Surroundings | None = None

    def enter(self, answer: object) -> None:
        """Wait for a code, or enrol with one that was typed."""
        if not self.is_busy:
            self._wait()
        if isinstance(answer, Typed):
            self._enrol(partial(self._service.enrol, answer.code))
        elif isinstance(answer, Scanned):
            self._enrol(partial(self._service.enrol_by_scan, answer.frame))
        self._look()

    def leave(self) -> None:
        """Look around no more."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def takes_scan(self, frame: bytes) -> bool:
        """The enrolment QR, at best."""
        if self.is_busy:
            return super().takes_scan(frame)
        self._enrol(partial(self._service.enrol_by_scan, frame))
        return True

    def turn(self) -> None:
        """Turn the picture by a quarter."""
        self.stage.quietly(self._service.turn_screen, lambda _done: None)

    @property
    def _service(self) -> EnrolmentService:
        return self.stage.service(EnrolmentService)

    def _wait(self) -> None:
        self.headline, self.next_step, self.code = _("请扫登记二维码"), "", ""

    def _enrol(self, enrol: Callable[[], Identity]) -> None:
        self.is_busy = True
        self.headline, self.next_step, self.code = _("正在登记，请稍等"), "", ""
        self.stage.play("tick")

        def work() -> Identity | Exception:
            try:
                return enrol()
            except Exception as error:  # each is told here, none ends the set-up  # noqa: BLE001
                return error

        self.stage.quietly(work, self._enrolled)

    def _enrolled(self, answer: Identity | Exception) -> None:
        self.is_busy = False
        if isinstance(answer, Identity):
            self.headline = _("登记好了：{name}").format(name=answer.name)
            self.next_step = _("正在打开，马上就好")
            self.stage.play("done")
        elif not isinstance(answer, AlreadyEnrolled):
            self._show(failure_of(answer), answer)
            return
        if not self._service.is_test_next:
            self.stage.speak(LANGUAGES[0])      # home is next
        self.stage.open_again()

    def _show(self, failure: Failure, error: Exception) -> None:
        log.warning("not enrolled: %s", error, exc_info=None if failure.is_foreseen else error)
        self.headline, self.code = failure.cause, failure.code
        self.next_step = _again(error).get(failure.code, failure.next_step)
        self.stage.play("no")

    def _look(self) -> None:
        self.leave()
        self.stage.quietly(self._service.look, self._looked)

    def _looked(self, seen: Surroundings) -> None:
        if self.parent is not None:     # somebody still sees it
            self.leave()
            self._looking = later(self._look, _LOOK_AGAIN_S)
        if seen == self._seen:
            return
        self._seen, self.can_turn = seen, seen.can_turn
        self.can_set_clock = seen.can_turn and seen.is_clock_behind
        rows = self.ids.rows
        rows.clear_widgets()
        for row in self._rows(seen):
            rows.add_widget(row)

    def _rows(self, seen: Surroundings) -> list[SetupRow]:
        rows = [_link_row(link) for link in (seen.links or ())[:_MOST_LINKS]]
        if seen.links == ():
            rows.append(SetupRow(icon="lan-disconnect", text=_("没有网卡"), mood="bad"))
        rows.append(_office_row(seen))
        if seen.site_faults:
            rows.append(_site_row(seen.site_faults))
        time = SetupRow(icon="clock-outline", text=f"{seen.clock:%Y-%m-%d} {clock_time(seen.clock)}")
        if seen.is_clock_behind:
            time.mood, time.note = "bad", _("时间不对，接上网线等一分钟会自己对准")
        rows.append(time)
        return rows


def _again(error: Exception) -> dict[str, str]:
    """What to do about what a station in service would try again by itself."""
    line = _("请看下面网络通不通，接好后再扫一次")
    # The office shuts the door for a while after too many wrong codes.
    seconds = error.retry_after_s if isinstance(error, OfficeBusy) else 0.0
    wait = _("请等 {minutes} 分钟，再扫一次").format(minutes=max(1, math.ceil(seconds / 60)))
    return {"SYNC-LINE": line, "SYNC-BUSY": wait, "SYNC-SLOW": wait}


def _link_row(link: Link) -> SetupRow:
    name = f"WiFi {link.ssid}".strip() if link.kind == "wifi" else _("有线网")
    icon = "wifi" if link.kind == "wifi" else "ethernet"
    if not link.is_up:
        return SetupRow(icon=icon, text=name, note=_("没有接上"))
    if not link.address:
        return SetupRow(icon=icon, text=name, note=_("接上了，还没有网络地址"), mood="bad")
    return SetupRow(icon=icon, text=name, note=_("已接上 {address}").format(address=link.address), mood="good")


def _site_row(faults: tuple[str, ...]) -> SetupRow:
    row = SetupRow(icon="file-alert-outline", text=_("站点文件有错，改好后插上 U 盘再开机"), mood="bad")
    first, *others = faults if language_in_use() == "en" else map(site_words.words_of, faults)
    more = _("，还有 {count} 处").format(count=len(others)) if others else ""
    row.note = f"SITE-FILE：{textwrap.shorten(first, _MOST_CHARS, placeholder='…')}{more}"
    return row


def _office_row(seen: Surroundings) -> SetupRow:
    if not seen.office:
        return SetupRow(icon="office-building", text=_("总工会"), note=_("网址在二维码里，扫了就知道"))
    row = SetupRow(icon="office-building", text=_("总工会 {host}").format(host=urlsplit(seen.office).netloc))
    if seen.fault is None:
        row.mood, row.note = "good", _("连得上")
    else:
        failure = failure_of(seen.fault)
        row.mood, row.note = "bad", f"{failure.cause}（{failure.code}）"
    return row
