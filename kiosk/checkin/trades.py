"""The trades on the home screen: one tap checks in."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Final, Literal

from kivy.properties import ColorProperty, ListProperty

from kiosk.stage.base import Panel, Stage
from kiosk.stage.glances import Glances
from kiosk.ui.widgets import Tap
from kiosk.ui.words import _
from sync.protocol.documents import Trade

from .service import CheckinGlance, CheckinService

DEBOUNCE_S: Final = 2.0
_MOST: Final = 8    # tiles; with more trades the last one shows the next of them


class TradeTile(Tap):
    """An icon above a word."""

    hue = ColorProperty("#B5121B")


class TradesPanel(Panel):
    """The trades, or a card that says they are on their way."""

    place: ClassVar[Literal["first", "last"]] = "first"

    trades = ListProperty([])

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._tapped_s = -DEBOUNCE_S
        self._first = 0     # trade that is shown first
        super().__init__(stage, **given)
        self.is_preparing = True

    def glances_changed(self, glances: Glances) -> None:
        """Show the trades."""
        glance = glances.find(CheckinGlance)
        trades = glance.trades if glance else ()
        if list(trades) != list(self.trades):
            self.trades = list(trades)
            self._show(0)
        self.is_preparing = not trades

    def check_in(self, trade: str) -> None:
        """A trade was tapped; a second tap within two seconds is the same one."""
        now = self.stage.clock.monotonic()
        if now - self._tapped_s < DEBOUNCE_S:
            self.stage.play("tick")
            return
        self._tapped_s = now
        if self._first:
            self._show(0)   # for the next person
        self.run(partial(self.stage.service(CheckinService).check_in, trade), partial(self.stage.show, "checked_in"))

    def _show(self, first: int) -> None:
        trades: list[Trade] = list(self.trades)
        is_paged = len(trades) > _MOST
        self._first = first if first < len(trades) else 0
        grid = self.ids.trades
        grid.clear_widgets()
        for trade in trades[self._first:self._first + (_MOST - 1 if is_paged else _MOST)]:
            tile = TradeTile(text=trade.short or trade.name, icon=trade.icon)
            tile.bind(on_release=partial(self._tap, trade.trade))
            grid.add_widget(tile)
        if is_paged:
            more = TradeTile(text=_("更多"), icon="dots-horizontal")
            more.bind(on_release=self._turn)
            grid.add_widget(more)

    def _turn(self, _tile: TradeTile) -> None:
        self._show(self._first + _MOST - 1)

    def _tap(self, trade: str, _tile: TradeTile) -> None:
        self.check_in(trade)
