"""What a worker can tap as complaint, in words for the doctor and the record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_WORDS: Final = {
    "head": "头疼头晕",
    "fever": "发烧",
    "cough": "咳嗽",
    "throat": "嗓子疼",
    "chest": "胸口不舒服",
    "breath": "喘不上气",
    "stomach": "肚子疼",
    "back": "腰背疼",
    "joint": "关节疼",
    "limbs": "手脚疼",
    "skin": "皮肤不舒服",
    "eye": "眼睛不舒服",
    "ear": "耳朵不舒服",
    "tooth": "牙疼",
    "wound": "受伤",
    "heat": "中暑",
    "sleep": "睡不好",
    "mood": "心里难受",
    "other": "其他",
}


def in_words(complaint: Iterable[str]) -> str:
    """These complaints; what this program does not know stays as it was sent."""
    return "、".join(_WORDS.get(one, one) for one in complaint)
