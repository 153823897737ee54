"""Administrative divisions (GB/T 2260): which codes there are."""

from __future__ import annotations

from functools import cache
from typing import Final

from stdnum import numdb

_DIGITS: Final = 6
# Newer than the table that comes with stdnum: 临平区, 钱塘区, 大柴旦.
_NEWER: Final = {"330113", "330114", "632857"}


@cache
def is_region(code: str) -> bool:
    """Whether a province, city or county has this code of 2, 4 or 6 digits, or had it since 1980."""
    if code in _NEWER:
        return True
    parts = numdb.get("cn/loc").info(code.ljust(_DIGITS, "0"))
    return bool(parts[-1][1])
