"""The demo drawer: example codes to tap instead of holding a book under a scanner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from .widgets import Tap


class Example(Protocol):
    """A code and what it is."""

    @property
    def code(self) -> str:
        """What is sent."""
        ...

    @property
    def text(self) -> str:
        """What it is."""
        ...

    @property
    def note(self) -> str:
        """What is printed on it."""
        ...


class ExampleTap(Tap):
    """One example."""

    note = StringProperty("")


class Drawer(FloatLayout):
    """A tab at the edge that opens a list; a tap sends the code to the virtual scanner."""

    is_open = BooleanProperty(False)

    def __init__(self, send: Callable[[str], None], **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self._send = send
        self._examples: tuple[Example, ...] = ()
        super().__init__(**given)
        # The panel is taken out while closed, and ids are weak: hold it and its rows here.
        self._panel, self._rows = self.ids.panel.__self__, self.ids.rows.__self__
        self.remove_widget(self._panel)

    def show(self, examples: Sequence[Example]) -> None:
        """Offer these examples."""
        if tuple(examples) == self._examples:
            return
        self._examples = tuple(examples)
        rows = self._rows
        rows.clear_widgets()
        for example in examples:
            row = ExampleTap(text=example.text, note=example.note)
            row.bind(on_release=partial(self._choose, example.code))
            rows.add_widget(row)

    def toggle(self) -> None:
        """Open or close it."""
        self.is_open = not self.is_open
        if self.is_open:
            self.add_widget(self._panel)
        else:
            self.remove_widget(self._panel)

    def _choose(self, code: str, _row: object) -> None:
        self.toggle()
        self._send(code)
