"""The one place texts pass through; the Chinese text is the message id."""

from __future__ import annotations

import gettext
from datetime import date, datetime
from pathlib import Path

LANGUAGES = ("zh_CN",)
_LOCALE = Path(__file__).resolve().parent.parent / "locale"
_in_use: list[gettext.NullTranslations] = [gettext.NullTranslations()]


def use_language(language: str) -> None:
    """Translate into this language from now on; a missing catalogue leaves the Chinese text."""
    _in_use[0] = gettext.translation("kiosk", str(_LOCALE), languages=[language], fallback=True)


def _(text: str) -> str:
    return _in_use[0].gettext(text)


def day(value: date) -> str:
    """12 月 23 日."""
    return _("{month} 月 {day} 日").format(month=value.month, day=value.day)


def clock_time(value: datetime) -> str:
    """14:26."""
    return value.strftime("%H:%M")
