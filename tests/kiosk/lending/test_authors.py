from __future__ import annotations

import pytest

from kiosk.lending.authors import shown_author


@pytest.mark.parametrize("author", [
    "余华 著", "余华著", "王力 主编", "王力主编", "傅雷 译",
    "傅雷译", "[法] 加缪 著；柳鸣九 译", "本社编", "张三等编著",
    "张三, 李四等 著", "（清）曹雪芹著", "老舍 [著]", "司马迁撰", "几米 绘", "John Smith (ed.)", "鲁迅　著 ",
])
def test_authors_who_have_their_part_said_get_no_second_one(author: str) -> None:
    assert shown_author(author) == author.strip()


@pytest.mark.parametrize("author", [
    "余华", "张译", "豆豆", "[法] 阿尔贝·加缪", "编辑部", "著名作家", "Edward", "Ed", "王小波，李银河",
])
def test_all_others_wrote_it(author: str) -> None:
    assert shown_author(author) == f"{author} 著"


def test_of_nobody_nothing_is_said() -> None:
    assert shown_author("  ") == ""
