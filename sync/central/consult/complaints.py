"""What a worker can tap as complaint, in the words of the station's screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_WORDS: Final = {
    "head": "头痛头晕",
    "fever": "发烧",
    "cough": "咳嗽嗓子",
    "stomach": "肚子胃",
    "back": "腰背痛",
    "joint": "手脚关节",
    "skin": "皮肤痒",
    "wound": "碰伤割伤",
    "eye": "眼睛",
    "tooth": "牙痛",
    "heat": "中暑",
    "sleep": "睡不好",
}


def in_words(complaint: Iterable[str]) -> str:
    """These complaints; what this program does not know stays as it was sent."""
    return "、".join(_WORDS.get(one, one) for one in complaint)
