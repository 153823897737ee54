"""How a book's authors are said: with 著, unless what they did is said already."""

from __future__ import annotations

import re
from typing import Final

from kiosk.ui.words import _

# 张译 and 王编 are names: one sign alone says what was done only after a gap, or after a name of two signs.
_ROLE: Final = (
    r"(?:等?(?:编著|主编|编写|合著|译著|著译|编译|选编|选译|编选|编纂|汇编|改编|原著|原作|校注|校译|译注|注释|评注|点校|整理|口述|"
    r"摄影|绘画|绘图|插图|图文|撰文|撰写|编绘|审定|翻译|导读|总主编|执笔)|(?<=\S\S)等?[著译编绘撰注校]|(?<=[\s·,，;；(（\[［【])[著译编绘撰注校])"
)
_ENDS: Final = re.compile(_ROLE + r"[\s.。)）\]］】]*$|(?<=[\s(])(?:eds?|trans|ill?us)\.?\)?\s*$", re.IGNORECASE)


def shown_author(author: str) -> str:
    """余华 著; 王力 主编 and 傅雷译 as they are; empty for nobody."""
    author = author.strip()
    if not author or _ENDS.search(author):
        return author
    return _("{author} 著").format(author=author)
