from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.ui.words import marked
from kiosk.ui.wrap import CLOSERS, OPENERS, balanced, fit, wrap
from tests.chance import tries


def em(text: str) -> float:
    return sum(0.5 if sign.isascii() else 1.0 for sign in text)


def test_a_line_never_begins_with_a_closing_mark() -> None:
    assert wrap("还到任一驿站，都可以。", 6, em) == ["还到任一驿", "站，都可以。"]


def test_a_line_never_ends_with_an_opening_mark() -> None:
    assert wrap("借好了《活着》", 4, em) == ["借好了", "《活着》"]


def test_numbers_and_words_are_not_torn() -> None:
    assert wrap("电话 12351 全天", 6, em) == ["电话 12351", "全天"]


def test_marked_words_stay_whole_and_their_marks_are_not_measured() -> None:
    assert wrap(marked("还到[b]任一驿站[/b]都可以"), 5, em) == ["还到", marked("[b]任一驿站[/b]都"), "可以"]


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
    assert balanced(marked("[b]请放回书架。[/b]大家一直在找"), 9, em) == [marked("[b]请放回书架。[/b]"), "大家一直在找"]


def test_balanced_does_not_tear_a_bracketed_part() -> None:
    assert balanced("总工会（示例号码）", 8, em) == ["总工会", "（示例号码）"]


def test_balanced_takes_each_given_line_by_itself() -> None:
    assert balanced("谁来还都可以，不用登记。\n没关系。", 8, em) == ["谁来还都可以，", "不用登记。", "没关系。"]


@given(st.text(alphabet="一二三四五六，。《》（）ab12 ", max_size=60), st.integers(4, 20))
def test_nothing_is_lost_and_marks_keep_their_place(text: str, width: int) -> None:
    opening, closing = (re.escape("".join(marks)) for marks in (OPENERS, CLOSERS))
    lines = wrap(text, width, em)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert "".join(balanced(text, width, em)).replace(" ", "") == text.replace(" ", "")
    for before, after in pairwise(lines):
        assert not before or before[-1] not in OPENERS
        torn = re.fullmatch(rf"[{opening} ]*\w*[{closing} ]*", before)      # marks that no line has room for
        assert not after or after[0] not in CLOSERS or torn


def test_a_latin_word_is_broken_at_its_hyphens_and_within_it_only_if_no_line_holds_it() -> None:
    assert wrap("讲 self-contained 的书", 9, em) == ["讲 self-contained", "的书"]
    assert wrap("讲 self-contained 的书", 5, em) == ["讲 self-", "contained", "的书"]
    assert wrap("Donaudampfschiff", 4, em) == ["Donaudam", "pfschiff"]
    assert wrap("Tōkyō Straße", 4, em) == ["Tōkyō", "Straße"]


def test_marks_that_belong_to_a_sign_stay_with_it() -> None:
    assert wrap("一二三é四", 4, em)[0].endswith("é") or wrap("一二三é四", 4, em)[1].startswith("é")


@given(st.text(alphabet="一二，。（）ab-/ \ufdd0\ufdd1é\n[]&", max_size=80), st.integers(2, 20))
def test_no_line_is_wider_than_its_room_but_a_sign_with_its_marks(text: str, width: int) -> None:
    for breaking in (wrap, balanced):
        assert all(em(line.replace("\ufdd0", "").replace("\ufdd1", "")) <= width for line in breaking(text, width, em))


@given(st.text(alphabet="一二，。（）ab- ", min_size=1, max_size=80), st.integers(4, 20), st.integers(1, 4))
def test_words_shrink_then_take_two_lines_then_end_with_an_ellipsis(text: str, width: int, most: int) -> None:
    def measure(part: str, size: float) -> float:
        return em(part) * size

    lines, size = fit(text, width * 10, (10, 8), measure, most=most)
    whole = "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert len(lines) <= most
    assert all(measure(line, size) <= width * 10 for line in lines)
    assert whole or (lines[-1].endswith("…") and size == 8)
    if em(text) <= width and "\n" not in text:
        assert (len(lines), size) == (1, 10)


@settings(max_examples=tries(20), deadline=None)
@given(st.sampled_from(["一", "a", "（", "。", "《》", "a-", "\u0301", "\n", "ئ"]), st.sampled_from([0, 1, 2, 14]))
def test_what_layout_measures_does_not_grow_with_what_somebody_typed(part: str, most: int) -> None:
    def cost(text: str) -> int:
        measured = 0

        def measure(part: str, size: float) -> float:
            nonlocal measured
            measured += len(part)
            return em(part) * size

        for breaking in (wrap, balanced):
            fit(text, 40, (10, 8), measure, most=most, breaking=breaking)
        return measured

    assert cost(part * 20_000) <= cost(part * 1_000)
