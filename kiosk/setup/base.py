"""What the screens of set-up share: the whole window, no leaving by themselves, and the other language in reach."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.stage.base import KioskScreen, Stage
from kiosk.ui.widgets import Tap
from kiosk.ui.words import language_in_use

_OTHER: Final = {"zh_CN": ("en", "English"), "en": ("zh_CN", "中文")}


class SetupHead(BoxLayout):
    """What is being done, and buttons beside it."""

    text = StringProperty("")


class HeadTap(Tap):
    """A small button in the head."""


class SetupRow(BoxLayout):
    """One thing and how it is: icon in its colour, name, and what was found."""

    icon = StringProperty("circle-outline")
    text = StringProperty("")
    note = StringProperty("")
    mood = StringProperty("plain")      # plain, good, bad


class SetupScreen(KioskScreen):
    """Covers the bars: there is no home to go to yet."""

    is_whole: ClassVar[bool] = True

    other_language = StringProperty("")

    def __init__(self, stage: Stage, **given: Any) -> None:  # Kivy properties  # noqa: ANN401
        super().__init__(stage, is_held=True, other_language=_OTHER[language_in_use()][1], **given)

    def takes_scan(self, frame: bytes) -> bool:     # noqa: ARG002
        """No room hears of a scan while the station is set up."""
        self.stage.play("tick")
        return True

    def change_language(self) -> None:
        """Speak the other one."""
        self.stage.speak(_OTHER[language_in_use()][0])
        self.stage.show(self.name)
