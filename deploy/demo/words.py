"""What the demo says, in the language of whoever started it: `LANG`, as gettext reads it; English without a catalogue.

`locale/zh/LC_MESSAGES/demo.po` has the Chinese; after a change, `msgfmt demo.po -o demo.mo` beside it.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from typing import Final

LOCALE: Final = Path(__file__).with_name("locale")
DOMAIN: Final = "demo"


@cache
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, str(LOCALE), fallback=True)


def _(text: str) -> str:
    return _catalogue().gettext(text)
