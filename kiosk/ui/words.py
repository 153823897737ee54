"""The one place texts pass through; the Chinese text is the message id.

What people wrote is drawn as they wrote it: only a `Marked` sentence, which is ours, has words of another weight.
"""

from __future__ import annotations

import gettext
import re
from datetime import date, datetime
from pathlib import Path
from typing import Final

from .catalogue import find_catalogue

LANGUAGES = ("zh_CN", "en")     # English: the screens of set-up alone
HEAVY: Final = "\ufdd0"     # two code points that no text may have: heavier from here,
LIGHT: Final = "\ufdd1"     # and to here
BOX: Final = "□"            # as the face draws what it lacks
_BLANKS: Final = re.compile("[\t\r\v\f\x85\u2028\u2029]")
# What ends a text before its end, or cannot be handed on at all.
_UNDRAWABLE: Final = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LOCALE = Path(__file__).resolve().parent.parent / "locale"
_in_use: list[tuple[str, gettext.NullTranslations]] = [(LANGUAGES[0], gettext.NullTranslations())]


def use_language(language: str) -> None:
    """Translate into this language from now on; a missing catalogue leaves the Chinese text."""
    _in_use[0] = language, find_catalogue(_LOCALE, language)


def language_in_use() -> str:
    """The language that is translated into."""
    return _in_use[0][0]


def _(text: str) -> str:
    return _in_use[0][1].gettext(text)


class Marked(str):
    """One of our sentences with heavy words in it, between HEAVY and LIGHT."""

    __slots__ = ()


def marked(text: str, **data: object) -> Marked:
    """A sentence with its `[b]…[/b]`, and data put into it that is shown as it is."""
    ours = text.replace("[b]", HEAVY).replace("[/b]", LIGHT)
    return Marked(ours.format(**{name: as_written(str(value)) for name, value in data.items()}))


def as_written(text: str) -> str:
    """What is to be seen of a text: each sign stands for itself, and one that cannot be drawn is a box."""
    return text if isinstance(text, Marked) else _UNDRAWABLE.sub(BOX, _BLANKS.sub(" ", text))


def day(value: date) -> str:
    """12 月 23 日."""
    return _("{month} 月 {day} 日").format(month=value.month, day=value.day)


def clock_time(value: datetime) -> str:
    """14:26."""
    return value.strftime("%H:%M")
