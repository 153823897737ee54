"""Names of book classes (中图法) as a worker reads them: I247.5 小说."""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = {
    "A": "马列毛邓", "B": "哲学宗教", "C": "社会科学", "D": "政治法律", "E": "军事", "F": "经济",
    "G": "文化教育",
    "H": "语言文字", "I": "文学", "J": "艺术", "K": "历史地理", "N": "自然科学", "O": "数理化", "P": "天文地球",
    "Q": "生物", "R": "医药卫生", "S": "农业", "T": "工业技术",
    "U": "交通运输", "V": "航空航天", "X": "环境安全", "Z": "综合",
    "I22": "诗歌", "I23": "戏剧", "I24": "小说", "I25": "报告文学", "I26": "散文", "I28": "儿童文学",
    "K81": "传记", "K82": "传记", "K83": "传记",
    "TP": "计算机", "TS": "轻工食品", "TU": "建筑", "O1": "数学", "O4": "物理",
}


def class_name(clc: str) -> str:
    """The longest class that is known of this number; empty if none is."""
    if re.match(r"I[13-7]\d+\.4", clc):     # I565.4: novels of another country
        return _NAMES["I24"]
    return next((_NAMES[clc[:length]] for length in range(len(clc), 0, -1) if clc[:length] in _NAMES), "")


def shown_class(clc: str) -> str:
    """The number with its name: `I247.5 小说`."""
    return f"{clc} {class_name(clc)}".strip()
