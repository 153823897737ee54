"""Behind the call window: starts the call, follows it, and comes to the front when it is over."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from kivy.properties import StringProperty

from kiosk.stage.base import KioskScreen
from kiosk.ui.ticks import Tick, every, later
from kiosk.ui.words import _

from . import words
from .asked import Wish
from .browser import Area
from .errors import PlayerMissing
from .farewell import Failed, Farewell
from .front import area, to_front
from .plan import CallPlan, Ended, News, Over, Phase, Ready, Watch
from .player import Player
from .service import ConsultationService, TalkReady

if TYPE_CHECKING:
    from .call import Call

log = logging.getLogger(__name__)

_LOOK_S: Final = 0.5


class WaitingScreen(KioskScreen):
    """One call at a time; whatever leads away from here ends it."""

    name: ClassVar[str] = "consult_waiting"

    headline = StringProperty("")
    line = StringProperty("")
    _call: Call | None = None
    _playing: tuple[Player, str, Tick] | None = None

    @property
    def call(self) -> Call | None:
        """The call that is going on."""
        return self._call

    def enter(self, answer: object) -> None:
        """Open the call window."""
        self.title = _("看医生")
        self.headline, self.line = _("正在打开摄像头"), _("马上就好，请站到屏幕前面。")
        wish = answer if isinstance(answer, Wish) else Wish()
        self.is_held = True
        service = self.stage.service(ConsultationService)
        self.run(partial(service.prepare, wish.language, wish.complaint), self._begin)

    def leave(self) -> None:
        """Whatever leads away ends the call; the window is in front before it does."""
        self.is_held = False
        call, self._call = self._call, None
        if call is not None:
            self._stop_watching(call)
            to_front()
            call.leave()
            call.in_front()

    def hang_up(self) -> None:
        """The worker's own button, always in reach."""
        if self._call is not None:
            self._call.leave()
        else:
            self.stage.go_home("home")

    def _begin(self, plan: CallPlan) -> None:
        if not self.is_held:
            return      # left while it was being prepared
        from .call import Call  # loaded by get_ready  # noqa: PLC0415

        farewell = Farewell(plan.call)
        glances = self.stage.glances
        zone = glances.station.settings.timezone if glances else "Asia/Shanghai"
        hello = words.hello(plan.language, fake=plan.fake_camera, zone=zone, talks=plan.talks)
        self._call = call = Call(plan.dressed(hello, words.page_files(plan.fonts)), area(), lambda news: later(
            partial(self._told, call, farewell, news)
        ))
        call.begin()

    def _told(self, call: Call, farewell: Farewell, news: News) -> None:
        """On Kivy's thread; what concerns the journal counts even after somebody left."""
        service, plan = self.stage.service(ConsultationService), call.plan
        match news:
            case Ready():
                self.stage.quietly(partial(service.ask, plan.call, plan.language), lambda _done: call.go())
            case Phase("call"):
                self.stage.quietly(partial(service.connect, plan.call), _nothing)
            case Phase("provider"):
                self.headline, self.line = _("医生在上面"), _("看完了，按下面的按钮")
                self.stage.quietly(partial(service.connect, plan.call), _nothing)
            case Over():
                self._over(call, farewell, news)
            case Ended(error, state):
                self.stage.quietly(partial(service.end, plan.call, error, state), _nothing)
                farewell.answer(state)
            case Watch(talk, box):
                self._watch(call, talk, box)
            case Phase():
                if news.phase != "queue":
                    self._stop_watching(call)

    def _watch(self, call: Call, talk: str, box: tuple[int, int, int, int]) -> None:
        """A film over the worker's own picture; the page below goes on, and says where one is."""
        self._stop_watching(call)
        if talk:
            find = partial(self.stage.service(ConsultationService).find_talk, talk)
            self.stage.quietly(find, lambda ready: self._play(call, ready, box))

    def _play(self, call: Call, ready: TalkReady | None, box: tuple[int, int, int, int]) -> None:
        if call is not self._call or ready is None or ready.film is None:
            return
        left, top, width, height = box
        place = area()
        player = Player(ready.player)
        try:
            player.play(ready.film, Area(place.left + left, place.top + top, width, height), ready.from_s)
        except PlayerMissing as missing:
            log.warning("talk: %s", missing)
            return
        self._playing = (player, ready.talk, every(partial(self._look, call), _LOOK_S))
        call.say("watching", on=True)

    def _look(self, call: Call) -> None:
        if self._playing is not None and not self._playing[0].is_playing:
            self._stop_watching(call)

    def _stop_watching(self, call: Call) -> None:
        playing, self._playing = self._playing, None
        if playing is None:
            return
        player, talk, looking = playing
        looking.cancel()
        at_s = player.stop()
        call.say("watching", on=False)
        self.stage.quietly(partial(self.stage.service(ConsultationService).watched, talk, at_s), _nothing)

    def _over(self, call: Call, farewell: Farewell, over: Over) -> None:
        if call is not self._call:
            return      # somebody left, and is elsewhere by now
        self._stop_watching(call)
        self._call = None
        self.is_held = False
        to_front()
        call.in_front()
        if over.error is not None:
            self.stage.show("consult_failed", Failed(over.error, Wish(call.plan.language, call.plan.complaint)))
        elif over.was_connected:
            self.stage.show("consult_ended", farewell)
        else:
            self.stage.go_home("home")


def _nothing(_answer: object) -> None:
    """Nobody waits for this."""
