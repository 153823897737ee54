"""A handbook in Chinese says what the English one says: the same parts in the same order, the same codes and commands.

Pages are cut into headings and blocks: paragraphs, items, rows of tables, code. Where both have the same blocks, each
is held against its partner; otherwise the whole section is, and the message names what only one of the two has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHINESE = sorted(ROOT.glob("docs/*.zh-CN.md"))


@dataclass
class Block:
    kind: str                   # "paragraph", "item", "row", or "code" with its language
    lines: list[str]

    @property
    def text(self) -> str:
        return " ".join(self.lines)


@dataclass
class Section:
    level: int
    title: str
    blocks: list[Block] = field(default_factory=list[Block])

    @property
    def shape(self) -> list[str]:
        """Neighbours of one kind together: `18 rows` is a table."""
        return [f"{len(list(same))} × {kind}" for kind, same in groupby(block.kind for block in self.blocks)]


def sections(page: str) -> list[Section]:
    """The page's headings, each with its blocks."""
    found: list[Section] = []
    block: Block | None = None          # goes on in the next line
    for line in page.splitlines():
        text = line.strip()
        is_code = block is not None and block.kind.startswith("code")
        if text.startswith("```"):
            block = None if is_code else Block(f"code {text[3:]}".strip(), [])
            found[-1].blocks += [block] if block else []
        elif block and is_code:
            block.lines.append(text)
        elif heading := re.match(r"(#+) (.*)", line):
            found.append(Section(len(heading[1]), heading[2]))
            block = None
        elif not text or text.startswith("|--"):
            block = None
        elif block is None or re.match(r"(- |\d+\. |\|)", text):
            block = Block("row" if text[0] == "|" else "item" if re.match(r"- |\d+\. ", text) else "paragraph", [text])
            found[-1].blocks.append(block)
        else:
            block.lines.append(text)
    return found


def exact(block: Block) -> Counter[str]:
    """What must be the same in both: commands without their comments, inline code, and where links lead."""
    if block.kind.startswith("code"):
        lines = (re.sub(r"(^|\s+)#(?=\s).*", "", line) for line in block.lines)
        return Counter(f"`{line}`" for line in lines if line)
    links = re.findall(r"\]\(([^)#]*)", block.text)
    return Counter({*re.findall(r"`[^`]+`", block.text), *(f"({link.replace('.zh-CN', '')})" for link in links)})


def numbers(block: Block) -> set[str]:
    """The numbers of its prose; the Chinese has these, and may write `10` for a word."""
    prose = re.sub(r"`[^`]+`|\]\([^)]*\)|^\d+\. ", " ", block.text)
    return set() if block.kind.startswith("code") else set(re.findall(r"\d+(?:[.,]\d+)*", prose))


def screen_words(block: Block) -> set[str]:
    """What an English page quotes from our screens; the Chinese has these among its own words."""
    return set() if block.kind.startswith("code") else set(re.findall(r"[\u4e00-\u9fff]+", block.text)) - {"中文"}


def lacks(english: list[Block], chinese: list[Block]) -> Iterator[str]:
    """What one side has and the other has not, in words."""
    ours, theirs = (sum((exact(block) for block in side), Counter[str]()) for side in (english, chinese))
    text = " ".join(block.text for block in chinese)
    counted = set().union(*map(numbers, english)) - set().union(*map(numbers, chinese))
    unsaid = {words for words in set().union(*map(screen_words, english)) if words not in text}
    if missing := [*sorted(ours - theirs), *sorted(counted), *sorted(unsaid)]:
        yield f"the Chinese lacks {' '.join(missing)}"
    if theirs - ours:
        yield f"the English lacks {' '.join(sorted(theirs - ours))}"


def partners(english: list[Section], chinese: list[Section]) -> list[tuple[Section | None, Section | None]]:
    """Sections beside one another, so that one more on either side stands alone and the others still fit."""
    marks = {id(one): sum(map(exact, one.blocks), Counter(one.shape)) for one in (*english, *chinese)}

    @cache
    def cost(i: int, j: int) -> tuple[int, int, int]:
        """What the rest costs, and the step to take: how many of each side."""
        left, right = (marks[id(side[n])] if n < len(side) else None for side, n in ((english, i), (chinese, j)))
        steps = [(0, 0, 0)] if left is None and right is None else []
        if left is not None and right is not None and english[i].level == chinese[j].level:
            apart = (left - right).total() + (right - left).total() + (english[i].shape != chinese[j].shape)
            steps.append((cost(i + 1, j + 1)[0] + apart, 1, 1))
        if left is not None:
            steps.append((cost(i + 1, j)[0] + left.total() + 1, 1, 0))
        if right is not None:
            steps.append((cost(i, j + 1)[0] + right.total() + 1, 0, 1))
        return min(steps, key=lambda step: step[0])

    found: list[tuple[Section | None, Section | None]] = []
    i = j = 0
    while (step := cost(i, j)[1:]) != (0, 0):
        found.append((english[i] if step[0] else None, chinese[j] if step[1] else None))
        i, j = i + step[0], j + step[1]
    return found


def differences(english: str, chinese: str) -> Iterator[str]:
    """Each with the section where it is."""
    for ours, theirs in partners(sections(english), sections(chinese)):
        if ours is None or theirs is None:
            one, language = (ours, "Chinese") if ours else (theirs, "English")
            yield f"“{'#' * one.level} {one.title}” is not there in {language}" if one else ""
            continue
        where = f"“{ours.title}” (“{theirs.title}”)"
        if ours.shape != theirs.shape:
            yield f"{where}: English has {', '.join(ours.shape)}; Chinese has {', '.join(theirs.shape)}"
            yield from (f"{where}: {words}" for words in lacks(ours.blocks, theirs.blocks))
            continue
        for mine, other in zip(ours.blocks, theirs.blocks, strict=True):
            yield from (f"{where}, {mine.kind} “{mine.text[:50]}”: {words}" for words in lacks([mine], [other]))


def test_the_handbooks_are_there_in_chinese() -> None:
    assert {page.name.split(".")[0] for page in CHINESE} >= {"technician", "operator", "consultation"}


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_a_handbook_in_chinese_is_in_step_with_the_english_one(page: Path) -> None:
    english = page.with_name(page.name.replace(".zh-CN", ""))
    found = list(differences(english.read_text(encoding="utf-8"), page.read_text(encoding="utf-8")))
    assert not found, "\n".join([f"{page.name} is not in step with {english.name}:", *found])


@pytest.mark.parametrize("page", [ROOT / "README.zh-CN.md", *CHINESE], ids=lambda page: page.name)
def test_a_chinese_page_leads_to_chinese_pages_where_there_are_any(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for words, link in re.findall(r"\[([^\]]*)\]\(([^)#:]+\.md)", text):
        has_chinese = ".zh-CN" not in link and (page.parent / link).with_suffix(".zh-CN.md").exists()
        assert words == "English" or not has_chinese, f"{page.name}: {link} is there in Chinese"


ENGLISH_PAGE = """# Codes

One in 5 stations says 待上传.

| code | next |
|---|---|
| `A-1` | wait |
| `A-2` | `run --now` |

```sh
run 1  # the first
```

## End
"""


@pytest.mark.parametrize(("was", "now", "words"), [
    ("| `A-2` | `run --now` |\n", "", "the Chinese lacks `A-2` `run --now`"),
    ("| `A-2` | `run --now` |\n", "", "English has 1 × paragraph, 3 × row"),
    ("`A-1`", "`A-9`", "row “| `A-1` | wait |”: the English lacks `A-9`"),
    ("run 1 ", "run 2 ", "the Chinese lacks `run 1`"),
    ("## End", "### End", "“## End” is not there in Chinese"),
    ("## End", "## New\n\n`new`\n\n## End", "“## New” is not there in English"),
    ("## End", "", "“## End” is not there in Chinese"),
    ("in 5", "in 15", "the Chinese lacks 5"),
    ("待上传", "上传", "the Chinese lacks 待上传"),
])
def test_what_is_missing_is_named(was: str, now: str, words: str) -> None:
    assert any(words in found for found in differences(ENGLISH_PAGE, ENGLISH_PAGE.replace(was, now)))
    assert not list(differences(ENGLISH_PAGE, ENGLISH_PAGE.replace("the first", "第一次")))
