"""How much of what is left to chance is tried.

`make test` takes a small sample, the same each time; `make soak` and `make fuzz` set CHANCE, take so many times as
much, and never the same.
"""

from __future__ import annotations

import os
from typing import Final

TIMES: Final = max(1, int(os.environ.get("CHANCE") or 1))
IS_FIXED: Final = TIMES == 1


def tries(few: int) -> int:
    """How many are tried where `few` are enough for a look."""
    return few * TIMES
