"""How long a card stays, so that it can be read."""

from __future__ import annotations

import re
from typing import Final

_FEW_S: Final = 10.0
_MORE_S: Final = 15.0
_ENDS: Final = re.compile(r"[。！？!?]\n?|\Z")


def time_to_read(*texts: str) -> float:
    """Seconds for these words: ten for a sentence, fifteen for two or more."""
    sentences = [part for text in texts for part in _ENDS.split(re.sub(r"\[/?b\]", "", text)) if part.strip()]
    return _MORE_S if len(sentences) > 1 else _FEW_S
