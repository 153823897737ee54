"""Keys to type with: as many as the signs that may be typed, and one that takes the last back."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.gridlayout import GridLayout

from kiosk.ui.widgets import Tap

BACK: Final = "\b"


class SignKey(Tap):
    """One key."""


class SignKeys(GridLayout):
    """A key for each of `signs`; `typed` tells which was pressed, BACK for the one that takes back."""

    signs = StringProperty("")
    across = NumericProperty(6)

    def __init__(self, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        self.register_event_type("on_typed")
        super().__init__(**given)

    def on_signs(self, _keys: SignKeys, signs: str) -> None:
        """Make the keys."""
        self.clear_widgets()
        for sign in signs:
            self._add(SignKey(text=sign), sign)
        self._add(SignKey(icon="backspace-outline"), BACK)

    def on_typed(self, sign: str) -> None:
        """Somebody pressed this sign."""

    def _add(self, key: SignKey, sign: str) -> None:
        key.bind(on_release=partial(self._pressed, sign))
        self.add_widget(key)

    def _pressed(self, sign: str, _key: SignKey) -> None:
        self.dispatch("on_typed", sign)
