"""In which language to talk; only asked where doctors speak more than one."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from kiosk.stage.base import KioskScreen
from kiosk.stage.glances import Glances
from kiosk.ui.widgets import Tap
from kiosk.ui.words import _

from .asked import Wish, language_names
from .service import ConsultationGlance

_MOST: int = 6


class LanguageTile(Tap):
    """A language, large."""


class LanguageScreen(KioskScreen):
    """A tile for each language."""

    name: ClassVar[str] = "consult_language"
    _languages: tuple[str, ...] = ()

    def enter(self, answer: object) -> None:    # noqa: ARG002
        """Ask."""
        self.title = _("看医生")

    def glances_changed(self, glances: Glances) -> None:
        """Show the languages that doctors on duty speak."""
        glance = glances.find(ConsultationGlance)
        languages = glance.languages if glance else ()
        if languages == self._languages:
            return
        self._languages = languages
        names = language_names()
        self.ids.languages.clear_widgets()
        for code in [code for code in languages if code in names][:_MOST]:
            tile = LanguageTile(text=names[code], icon="account-voice")
            tile.bind(on_release=partial(self._chosen, code))
            self.ids.languages.add_widget(tile)

    def _chosen(self, language: str, _tile: LanguageTile) -> None:
        self.stage.show("consult_consent", Wish(language))
