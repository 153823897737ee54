"""Health talks: a list of them, and one of them as words."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Final

from kivy.core.window import Window
from kivy.properties import BooleanProperty, StringProperty

from kiosk.stage.base import KioskScreen, Stage
from kiosk.ui.ticks import Tick, every, later
from kiosk.ui.widgets import Tap
from kiosk.ui.words import _

from .browser import Area
from .errors import PlayerMissing
from .player import Player
from .service import ConsultationService, TalkReady

_MOST: Final = 6
_LOOK_S: Final = 0.5
_LAID_OUT_S: Final = 0.1     # the screen knows its film's place a frame after it is shown


class TalkTile(Tap):
    """A talk: its title, and how long it takes."""

    note = StringProperty("")


class TalksScreen(KioskScreen):
    """What there is to see."""

    name: ClassVar[str] = "talks"

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Show the newest list."""
        self.title = _("健康讲座")
        self.run(self.stage.service(ConsultationService).talks_ready, self._show)

    def _show(self, talks: list[TalkReady]) -> None:
        rows = self.ids.talks
        rows.clear_widgets()
        for talk in talks[:_MOST]:
            minutes = _("{minutes} 分钟").format(minutes=talk.minutes) if talk.minutes else ""
            note = "  ".join(filter(None, (talk.speaker, minutes)))
            tile = TalkTile(text=talk.title, note=note, icon="play-circle" if talk.film else "text-box")
            tile.bind(on_release=partial(self._open, talk))
            rows.add_widget(tile)

    def _open(self, talk: TalkReady, _tile: TalkTile) -> None:
        self.stage.show("talk", talk)


class TalkScreen(KioskScreen):
    """One talk: its film above, or its words."""

    name: ClassVar[str] = "talk"

    headline = StringProperty("")
    words = StringProperty("")
    is_film = BooleanProperty(False)

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        super().__init__(stage, **given)
        self._player: Player | None = None
        self._talk: TalkReady | None = None
        self._looking: Tick | None = None

    def enter(self, answer: object) -> None:
        """Show it."""
        self.title = _("健康讲座")
        if not isinstance(answer, TalkReady):
            return
        self._talk = answer
        self.headline = answer.title
        self.words = answer.card or _("正在播放，随时可以停下，下次接着看。")
        self.is_film = answer.film is not None
        if self.is_film:
            self.is_held = True     # who watches touches nothing
            later(partial(self._play, answer), _LAID_OUT_S)

    def leave(self) -> None:
        """Stop the film, and remember where."""
        self.is_held = False
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        player, self._player = self._player, None
        if player is not None and self._talk is not None:
            at_s = player.stop()
            service = self.stage.service(ConsultationService)
            self.stage.quietly(partial(service.watched, self._talk.talk, at_s), lambda _done: None)
        self._talk = None

    def _play(self, talk: TalkReady) -> None:
        if talk is not self._talk or talk.film is None:
            return      # left meanwhile
        player = Player(talk.player)
        try:
            player.play(talk.film, self._place(), talk.from_s)
        except PlayerMissing as missing:
            self.stage.fail(missing)
            return
        self._player = player
        self._looking = every(self._look, _LOOK_S)

    def _look(self) -> None:
        if self._player is not None and not self._player.is_playing:
            self.stage.show("talks")

    def _place(self) -> Area:
        """The film's place on the screen, where the screen's upper part is."""
        window: Any = Window
        film = self.ids.film
        left, low = film.to_window(film.x, film.y)
        top = window.height - low - film.height
        return Area(int(window.left + left), int(window.top + top), int(film.width), int(film.height))
