"""Home: the poster, what rooms draw themselves, and a door to each service."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from kivy.properties import ListProperty, NumericProperty

from kiosk.stage.base import KioskScreen, Panel, Stage
from kiosk.stage.glances import Glances
from kiosk.ui.theme import current_theme
from kiosk.ui.ticks import Tick, before_frame, every
from kiosk.ui.words import _
from sync.protocol.documents import Poster

from .doors import Doors
from .plan import GAP, Plan, plan_doors
from .service import PosterGlance

POSTER_S: Final = 8.0
_POSTER_HIGH: Final = 320.0     # units that it has at least in portrait
_POSTER_ALONE: Final = 440.0
_POSTER_SHARE: Final = 0.72     # of a panel below it in landscape
_LEFT_SHARE: Final = 0.47
_WIDER_SHARE: Final = 0.53      # where a finger needs much of the panel, for what a room draws itself
_HEADING: Final = 84.0          # units of the words above the doors
_SPACING: Final = 22.0


class HomeScreen(KioskScreen):
    """The resting screen."""

    name: ClassVar[str] = "home"
    is_resting: ClassVar[bool] = True

    tiles = ListProperty([])
    left_share = NumericProperty(_LEFT_SHARE)   # of the window's width in landscape

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._posters: tuple[Poster, ...] = ()
        self._poster = 0
        self._turning: Tick | None = None
        super().__init__(stage, **given)
        self._doors = Doors(stage)
        self._panels = [kind(stage) for kind in stage.panels]
        self._rearrange = before_frame(self._arrange)
        for panel in self._panels:
            panel.bind(is_preparing=self._rearrange, height=self._rearrange)
        self.bind(orientation=self._rearrange, size=self._rearrange, tiles=self._rearrange)
        self._arrange()

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Begin with the first poster."""
        self._poster = 0
        self._show_poster()
        self.leave()
        self._turning = every(self._turn, POSTER_S)

    def leave(self) -> None:
        """Nothing turns while it is not seen."""
        if self._turning is not None:
            self._turning.cancel()
            self._turning = None

    def glances_changed(self, glances: Glances) -> None:
        """Show what is new."""
        found = glances.find(PosterGlance)
        self._posters = (found.posters if found else ()) or (_own_poster(),)
        self._show_poster()
        for panel in self._panels:
            panel.glances_changed(glances)
        self.tiles = self.stage.tiles()

    def _arrange(self) -> None:
        """Few doors: panels, then doors, then the shelf. Many: the doors have the place of what can be left out."""
        portrait = self.orientation == "vertical"
        first = [panel for panel in self._panels if panel.place == "first"]
        # In landscape two doors stand below the panels; more have the right side for themselves.
        shared = bool(first) and (portrait or len(self.tiles) <= 2)
        plan = self._plan(first, portrait=portrait, shared=shared)
        last = [panel for panel in self._panels if panel.place == "last"]
        has_room = len(plan.rows) <= 1 or not first
        is_shown = has_room and not any(panel.is_preparing for panel in first)
        left, right = self.ids.left, self.ids.right
        for panel in last:
            panel.is_shown = is_shown
        below = [] if shared or portrait else first
        if current_theme().tight:
            self.left_share = _WIDER_SHARE if below else 1 - _WIDER_SHARE
        else:
            self.left_share = _LEFT_SHARE
        self.ids.poster.size_hint_y = _POSTER_SHARE if below else 1
        _put(left, [self.ids.poster, *below, *([] if portrait else last)])
        _put(right, [*(first if shared or portrait else []), self._doors])
        _put(self, [left, right, *(last if portrait else [])])
        self._doors.show(self.tiles, plan)

    def _plan(self, first: list[Panel], *, portrait: bool, shared: bool) -> Plan:
        theme = current_theme()
        unit = theme.u
        room = (self.height / unit) - self.padding[3] / unit - _HEADING
        if portrait:
            taken = sum(panel.height / unit + 18 for panel in first)
            room -= taken + 2 * _SPACING + (_POSTER_HIGH if first else _POSTER_ALONE)
        return plan_doors(len(self.tiles), room, portrait=portrait, shared=shared, gap=max(GAP, theme.gap / unit))

    def _turn(self) -> None:
        if len(self._posters) > 1:
            self._poster = (self._poster + 1) % len(self._posters)
            self._show_poster()

    def _show_poster(self) -> None:
        if not self._posters:
            return
        self._poster %= len(self._posters)
        poster = self._posters[self._poster]
        note = self.stage.fill(poster.note)
        frame = self.ids.poster
        frame.count, frame.current = len(self._posters), self._poster
        # A number that no room here knows is not shown as a word in braces.
        frame.show(poster.lines, "" if re.search(r"\{[a-z_]+\}", note) else note, poster.icon, poster.palette)


def _put(box: Any, wanted: list[Any]) -> None:      # Kivy's widgets have no types  # noqa: ANN401
    """Let the box hold just these, in this order."""
    if list(reversed(box.children)) == wanted:
        return
    box.clear_widgets()
    for widget in wanted:
        if widget.parent is not None:
            widget.parent.remove_widget(widget)
        box.add_widget(widget)


def _own_poster() -> Poster:
    return Poster(
        poster="own",
        lines=(_("辛苦了，"), _("进来歇歇脚")),
        note=_("今天已有 {visits} 位劳动者在这里休息"),
        icon="sofa",
    )
