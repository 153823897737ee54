"""One call from the mirror to its end: the page, the browser that shows it, and the office that decides.

It runs on a thread of its own, tells what happens by `tell`, and always ends the same way: the kiosk's window in front,
then the browser killed, then the office asked how it ended.
"""

from __future__ import annotations

import gc
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from kiosk.ui.ticks import later
from sync.protocol.calls import Asked, CallState, Place
from sync.protocol.errors import SyncError

from .asking import failure_of_office, how_it_ended
from .browser import Area, Browser
from .elsewhere import visit
from .errors import BY_ENDING, CameraLost, ConsultationError, LineLost, WindowCrashed
from .page import CallPage, Said
from .plan import CallPlan, Ended, News, Over, Phase, Ready, Watch

log = logging.getLogger(__name__)

BEAT_S: Final = 2.0
HUNG_S: Final = 6.0         # so long without an answer to a beat: two were missed
START_S: Final = 30.0       # for the page to say that it is there, on a slow and busy machine
TICK_S: Final = 0.1
_FRONT_S: Final = 0.8       # the kiosk's window is waited for, but not for ever
_PHASES: Final = frozenset({"mirror", "asking", "queue", "ring", "call", "reconnecting"})


class Call:
    """Supervises one call; `begin` once, `leave` at any time and from any thread."""

    def __init__(self, plan: CallPlan, area: Area, tell: Callable[[News], object]) -> None:
        self.plan = plan
        self._area = area
        self._tell = tell
        self._heard: queue.SimpleQueue[Said | Place | Exception | str | None] = queue.SimpleQueue()
        self._page = CallPage(self._heard.put, office=plan.office.socket, files=plan.files)
        self._browser = Browser(plan.browser, fake_camera=plan.fake_camera)
        self._thread = threading.Thread(target=self._run, name="call", daemon=True)
        self._in_front = threading.Event()
        self._phase = ""
        self._was_connected = self._asked = False
        self._beat, self._beaten_s, self._answered_s = 0, 0.0, 0.0

    @property
    def browser(self) -> Browser:
        """The window's process."""
        return self._browser

    def begin(self) -> None:
        """Open the window and look after it."""
        self._thread.start()

    def leave(self) -> None:
        """The worker does not want to go on, or the kiosk does not."""
        self._heard.put("leave")

    def go(self) -> None:
        """That it was asked is on the disk: ask the office."""
        threading.Thread(target=self._ask, name="call-asking", daemon=True).start()

    def in_front(self) -> None:
        """The kiosk's window has come up: the browser may go."""
        self._in_front.set()

    def say(self, kind: str, **fields: Any) -> None:     # JSON's values  # noqa: ANN401
        """Say something to the page."""
        self._page.say(kind, **fields)

    def wait(self, timeout_s: float) -> None:
        """Until nothing of it is left."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        error: ConsultationError | None = None
        try:
            self._page.open(self.plan.port)
            self._browser.open(self._page.url, self._area)
            self._watch()
        except ConsultationError as fault:
            error = fault
            log.warning("call: %s", fault)
        except Exception as fault:  # whatever it is, the kiosk comes back to the front
            log.exception("call failed")
            error = WindowCrashed(type(fault).__name__)
        try:
            self._tell(Over(error, self._was_connected))
            self._in_front.wait(_FRONT_S)
        finally:
            self._browser.end()
            self._page.close()
        self._tell(Ended(error, self._ask_how_it_ended(error) if self._asked else None))
        later(gc.collect)   # the page's server leaves its poller, a descriptor, to whenever that comes

    def _watch(self) -> None:
        """Until it is over; raises what ended it."""
        self._answered_s = time.monotonic() + START_S - HUNG_S
        while True:
            try:
                heard = self._heard.get(timeout=TICK_S)
            except queue.Empty:
                self._look_after()
                continue
            if heard == "leave":
                self._page.say("bye")
                return
            if isinstance(heard, Exception):
                raise heard
            if isinstance(heard, Place) and heard.provider is not None:
                self._enter("provider")
                visit(self._browser, heard.provider, self._area, self._heard)
                return
            if isinstance(heard, Place):
                self._page.say(
                    "go", line=self.plan.office.socket + heard.line, call=heard.call, token=heard.token,
                    ice=heard.ice, place=heard.place, wait_s=heard.wait_s,
                )
            elif isinstance(heard, Said):
                if self._take(heard):
                    return
            else:
                raise WindowCrashed("the page is gone")

    def _look_after(self) -> None:
        now = time.monotonic()
        if not self._browser.is_alive:
            raise WindowCrashed("the browser is gone")
        if now - self._answered_s > HUNG_S:
            raise WindowCrashed("the page does not answer")
        if self._phase and now - self._beaten_s >= BEAT_S:
            self._beat, self._beaten_s = self._beat + 1, now
            self._page.say("beat", n=self._beat)

    def _take(self, said: Said) -> bool:
        """What the page said; True if it is over."""
        self._answered_s = max(self._answered_s, time.monotonic())
        match said.kind:
            case "hello":
                self._phase = "mirror"
                self._answered_s = time.monotonic()
                self._page.say("hello", **self.plan.hello)
            case "ready":
                self._tell(Ready())
            case "phase" if said.phase in _PHASES:
                self._enter(said.phase)
            case "watch":
                self._tell(Watch(said.talk, said.box))
            case "leave":
                return True
            case "failed":
                raise CameraLost(said.code[:64]) if said.code.startswith("device") else LineLost(said.code[:64])
            case "ended":
                if error := BY_ENDING.get(said.ending):
                    raise error(said.ending)
                return True
            case _:
                pass
        return False

    def _enter(self, phase: str) -> None:
        self._phase = phase
        self._was_connected |= phase in ("call", "provider")
        self._tell(Phase(phase))

    def _ask(self) -> None:
        plan = self.plan
        try:
            self._asked = True
            self._heard.put(plan.office.ask(Asked(plan.call, plan.language, plan.complaint)))
        except SyncError as fault:
            self._heard.put(failure_of_office(fault))

    def _ask_how_it_ended(self, error: ConsultationError | None) -> CallState | None:
        return how_it_ended(self.plan.office, self.plan.call, is_lost=error is not None)
