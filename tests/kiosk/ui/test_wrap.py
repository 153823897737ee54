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


def test_a_bracketed_part_goes_to_the_next_line_whole() -> None:
    assert wrap("平凡的世界（全三部）", 8, em) == ["平凡的世界", "（全三部）"]
    assert wrap("总工会（示例号码）", 6, em) == ["总工会", "（示例号码）"]


def test_a_bracketed_part_wider_than_a_line_is_broken_where_it_stands() -> None:
    assert wrap("书（一二三四五六七八九）", 6, em) == ["书（一二三四", "五六七八九）"]


def test_balanced_breaks_where_the_sense_breaks() -> None:
    assert balanced("请稍等，正在保存，不用再点", 10, em) == ["请稍等，正在保存，", "不用再点"]
    assert balanced("[b]请放回书架。[/b]大家一直在找", 9, em) == ["[b]请放回书架。[/b]", "大家一直在找"]


def test_balanced_does_not_tear_a_bracketed_part() -> None:
    assert balanced("总工会（示例号码）", 8, em) == ["总工会", "（示例号码）"]


def test_balanced_takes_each_given_line_by_itself() -> None:
    assert balanced("谁来还都可以，不用登记。\n没关系。", 8, em) == ["谁来还都可以，", "不用登记。", "没关系。"]


@given(st.text(alphabet="一二三四五六，。《》（）ab12 ", max_size=60), st.integers(4, 20))
def test_nothing_is_lost_and_marks_keep_their_place(text: str, width: int) -> None:
    lines = wrap(text, width, em)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert "".join(balanced(text, width, em)).replace(" ", "") == text.replace(" ", "")
    for before, after in pairwise(lines):
        assert not before or before[-1] not in OPENERS
        assert not after or after[0] not in CLOSERS or not before.strip()
