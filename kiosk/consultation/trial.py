"""The self-test of a call, which nobody answers: camera, microphone, a picture that comes back, a relay server.

It opens the call's own page port in the supervised browser under the call's own policy, so what works here works there.
"""

from __future__ import annotations

import logging
import os
import queue
import time
from collections.abc import Mapping
from typing import IO, Final

from kiosk.errors import KioskError
from kiosk.stage.checks import Outcome
from kiosk.ui.words import _
from sync.protocol.calls import IceServer
from sync.protocol.errors import SyncError

from . import words
from .asking import failure_of_office
from .browser import Area, Browser
from .errors import CallsBlocked, CameraLost, ConsultationError, MicrophoneSilent, RelayLost, WindowCrashed
from .page import CallPage, Found, Said
from .plan import CallPlan

log = logging.getLogger(__name__)

_FIRST_START_S: Final = 120.0   # the first start after flashing, from a cold disk, beside all else that starts
_SEEN_S: Final = 80.0       # the page's own patience with everything, and that of a slow machine with its devices
TRIAL_S: Final = 2 * (_FIRST_START_S + _SEEN_S) + 20.0  # two windows; the office is asked before, processes end after
_FIRST_MS: Final = 6_000    # a browser that has just begun may not have found its devices yet
_ENOUGH: Final = 10         # frames, as the page has it
_LIVE: Final = 0.0002       # root mean square of a microphone that is switched on, as the page has it
_TICK_S: Final = 0.1
_MOST_BYTES: Final = 64 * 1024
_LINE_CHARS: Final = 200


def try_call(plan: CallPlan, area: Area) -> Mapping[str, Outcome]:
    """Camera, microphone, loopback and relay, each how it came out; blocks for up to TRIAL_S, raises nothing."""
    ice: tuple[IceServer, ...] = ()
    no_office: ConsultationError | None = None
    try:
        ice = plan.office.ice()
    except SyncError as fault:
        no_office = failure_of_office(fault)
    try:
        found = _look(plan, area, ice)
    except KioskError as fault:
        log.warning("self-test: %s", fault)
        return dict.fromkeys(words.trial_words(), _failed(fault, fault.detail))
    log.info("self-test: %s", found)
    return {**_seen(found), "relay": _failed(no_office, no_office.detail) if no_office else _relayed(found, ice)}


def _look(plan: CallPlan, area: Area, ice: tuple[IceServer, ...]) -> Found:
    """What the page saw; raises WindowCrashed, DiskTooFull, FontsMissing.

    A browser whose network process dies while it starts shows a white page for ever: there is a second window.
    """
    try:
        return _look_once(plan, area, ice)
    except WindowCrashed as fault:
        log.warning("self-test: once more: %s", fault)
    return _look_once(plan, area, ice)


def _look_once(plan: CallPlan, area: Area, ice: tuple[IceServer, ...]) -> Found:
    heard: queue.SimpleQueue[Said | None] = queue.SimpleQueue()
    page = CallPage(heard.put, office=plan.office.socket, files=words.page_files(plan.fonts))
    browser = Browser(plan.browser, fake_camera=plan.fake_camera)
    complaints = os.fdopen(os.memfd_create("complaints"), "w+b")
    try:
        page.open(plan.port)
        browser.open(f"{page.url}trial.html", area, complaints)
        until_s, lacking = time.monotonic() + _FIRST_START_S, "answer"
        while time.monotonic() < until_s and browser.is_alive:
            try:
                said = heard.get(timeout=_TICK_S)
            except queue.Empty:
                continue
            if said is None:
                raise WindowCrashed("the page is gone")
            if said.kind == "hello":
                page.say("hello", ice=ice, first_ms=_FIRST_MS, **words.hello(plan.language, fake=plan.fake_camera))
                until_s, lacking = time.monotonic() + _SEEN_S, "come to an end"
            if said.found is not None:
                return said.found
        what = f"the page does not {lacking}" if browser.is_alive else "the browser is gone"
        raise WindowCrashed(f"{what}; it said: {_last_line(complaints)}")
    finally:
        browser.end()
        page.close()
        complaints.close()


def _last_line(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read(_MOST_BYTES).decode("utf-8", "replace").split("\n")
    return next((line[:_LINE_CHARS] for line in reversed(lines) if line.strip()), "nothing")


def _seen(found: Found) -> dict[str, Outcome]:
    pictures = _("{frames} 张画面，{height} 行").format(frames=found.frames, height=found.height)
    level = _("音量 {percent}%").format(percent=f"{found.loudest * 100:.1f}")
    back = _("传回 {frames} 张画面").format(frames=found.decoded)
    camera = Outcome("works", pictures) if found.frames >= _ENOUGH else _failed(CameraLost(), found.camera or pictures)
    if found.microphone:
        microphone = _failed(CameraLost(), found.microphone)
    else:
        microphone = Outcome("works", level) if found.loudest > _LIVE else _failed(MicrophoneSilent(), level)
    loopback = Outcome("works", back) if found.decoded >= _ENOUGH else _failed(CallsBlocked(), back)
    return {"camera": camera, "microphone": microphone, "loopback": loopback}


def _relayed(found: Found, ice: tuple[IceServer, ...]) -> Outcome:
    if not any(url.startswith("turn") for server in ice for url in server.urls):
        return Outcome("absent", _("总工会没有设中转服务器"))
    if found.relays:
        return Outcome("works", _("已连上"))
    return _failed(RelayLost(), found.relay_fault)


def _failed(fault: KioskError, found: str) -> Outcome:
    return Outcome("fails", found, fault.code, fault.next_step)
