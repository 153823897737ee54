from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kiosk.ui.wrap import CLOSERS, OPENERS, balanced, wrap


def em(text: str) -> float:
    return sum(0.5 if sign.isascii() else 1.0 for sign in text)


def test_a_line_never_begins_with_a_closing_mark() -> None:
    assert wrap("还到任一驿站，都可以。", 6, em) == ["还到任一驿", "站，都可以。"]


def test_a_line_never_ends_with_an_opening_mark() -> None:
    assert wrap("借好了《活着》", 4, em) == ["借好了", "《活着》"]


def test_numbers_and_words_are_not_torn() -> None:
    assert wrap("电话 12351 全天", 6, em) == ["电话 12351", "全天"]


def test_marked_words_stay_whole_and_their_marks_are_not_measured() -> None:
    assert wrap("还到[b]任一驿站[/b]都可以", 5, em) == ["还到", "[b]任一驿站[/b]都", "可以"]


def test_too_many_lines_end_with_an_ellipsis() -> None:
    assert wrap("人民文学出版社", 3, em, most=2) == ["人民文", "学出…"]


def test_balanced_leaves_no_lonely_character() -> None:
    assert balanced("平凡的世界", 4, em) == ["平凡的", "世界"]


@given(st.text(alphabet="一二三四五六，。《》（）ab12 ", max_size=60), st.integers(4, 20))
def test_nothing_is_lost_and_marks_keep_their_place(text: str, width: int) -> None:
    lines = wrap(text, width, em)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for before, after in pairwise(lines):
        assert not before or before[-1] not in OPENERS
        assert not after or after[0] not in CLOSERS or not before.strip()
