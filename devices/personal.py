"""Numbers that may be a person's, taken out of a text: identity cards and phones. Pure."""

from __future__ import annotations

import re
from typing import Final

_GAP: Final = r"[\s\-.·/]?"
_MONTH_DAY: Final = rf"(?:0[1-9]|1[0-2]){_GAP}(?:0[1-9]|[12]\d|3[01])"
_REGION: Final = rf"[1-9](?:\d{_GAP}){{5}}"
_IDENTITY: Final = rf"{_REGION}(?:18|19|20)\d\d{_GAP}{_MONTH_DAY}{_GAP}\d{{3}}{_GAP}[\dXx]"
_OLD_IDENTITY: Final = rf"(?<!\d){_REGION}\d\d{_GAP}{_MONTH_DAY}{_GAP}\d{{3}}(?!\d)"
_MOBILE: Final = rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"
_LANDLINE: Final = rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?\(?0\d{{2,3}}\)?{_GAP}[2-8]\d{{2,3}}{_GAP}\d{{4}}(?!\d)"
_PERSONAL: Final = re.compile("|".join((_IDENTITY, _OLD_IDENTITY, _MOBILE, _LANDLINE)))


def without_numbers_of_people(text: str) -> str:
    """The text with a star for each digit of what looks like an identity or phone number."""
    return _PERSONAL.sub(lambda found: re.sub(r"[\dXx]", "*", found[0]), text)
