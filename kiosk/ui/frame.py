"""The window's root: bars, the screen between them, and what may lie over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from kivy.properties import NumericProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from .widgets import Text, Waiting, Word
from .words import _
from .wrap import bare


class StillThere(FloatLayout):
    """还在吗？ with one big button, over everything."""

    seconds = NumericProperty(15)


class Frame(FloatLayout):
    """Holds one screen at a time; nothing is made again when screens change."""

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        super().__init__(**given)
        self.blocked = False    # taps fall through nothing while work is being done
        self.on_touched: Any = None
        self._waiting = Waiting()
        self._still_there = StillThere()
        self._screen: Widget | None = None
        self._missed: list[str] = []

    def put(self, screen: Widget, *, whole: bool) -> None:
        """Show this screen, over the bars too if it is `whole`."""
        if screen is self._screen:
            return
        if self._screen is not None and self._screen.parent is not None:
            self._screen.parent.remove_widget(self._screen)
        self._screen = screen
        self.ids.bars.opacity = 0 if whole else 1
        self.ids.bars.disabled = whole
        (self.ids.whole if whole else self.ids.holder).add_widget(screen)

    def wait(self, words: str) -> None:
        """Show the spinner, with a sentence if there is one."""
        self._waiting.text = words
        if self._waiting.parent is None:
            self._waiting.start()
            self.add_widget(self._waiting)

    def wait_no_more(self) -> None:
        """Take the spinner away."""
        if self._waiting.parent is not None:
            self._waiting.stop()
            self.remove_widget(self._waiting)

    def miss(self, names: Sequence[str]) -> None:
        """Name what was scanned and not done, until the screen is touched."""
        self._missed += [name for name in names if name not in self._missed]
        self.ids.missed.words = _("没记下，请再扫一次：{names}").format(names="、".join(self._missed))

    def miss_no_more(self) -> None:
        """Take those names away."""
        self._missed.clear()
        self.ids.missed.words = ""

    def ask(self, seconds: int) -> None:
        """Ask whether somebody is still there."""
        self._still_there.seconds = seconds
        if self._still_there.parent is None:
            self.add_widget(self._still_there)

    def ask_no_more(self) -> None:
        """Take the question away."""
        if self._still_there.parent is not None:
            self.remove_widget(self._still_there)

    @property
    def is_asking(self) -> bool:
        """Whether the question is on the screen."""
        return self._still_there.parent is not None

    def on_touch_down(self, touch: object) -> Literal[True] | None:
        """Tell that somebody is here; a tap on the question, or while work is being done, presses nothing below."""
        dropped = self.blocked or self.is_asking
        if self.on_touched is not None:
            self.on_touched()
        if dropped:
            return True
        return super().on_touch_down(touch) or None

    def words(self) -> list[str]:
        """All words that can be seen, in drawing order."""
        return [words for widget in seen(self) if (words := words_of(widget))]


def seen(root: Widget) -> Iterator[Widget]:
    """The widget and all below it that are not hidden."""
    if root.opacity == 0:
        return
    yield root
    for child in reversed(root.children):
        yield from seen(child)


def words_of(widget: Widget) -> str:
    """What a label says; a group's words are its children's."""
    if isinstance(widget, (Text, Word)):
        return bare(widget.words)
    return ""
