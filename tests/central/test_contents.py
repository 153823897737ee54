"""Posters and books from files: everything of a file is published, or nothing, and each fault is named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from devices.codes import format_label, make_label
from sync.central.core.models import Document
from sync.central.core.publishing.documents import find_published
from sync.central.core.publishing.posters import add_posters, list_posters, remove_poster
from sync.central.core.publishing.rows import ContentRefused, Taken
from sync.central.library.models import Copy, Move, Title
from sync.central.library.shelving import copies_from, titles_from
from sync.central.library.withdrawing import NotWithdrawn, remove_copy, remove_title
from sync.protocol import documents as docs
from sync.protocol.events import BookBorrowed, BookReturned

from .conftest import enrolled, make_station, on_both_databases
from .test_projector import tell

pytestmark = [pytest.mark.django_db, on_both_databases]
TITLES = "isbn,title,author,year\r\n978-7-5063-6543-7,活着,余华,2012\r\n7020024750,围城,钱钟书,\r\n"
LABELS = [make_label(number) for number in (1, 2)]


def written(folder: Path, name: str, content: str | bytes | object) -> Path:
    path = folder / name
    if not isinstance(content, str | bytes):
        content = json.dumps(content, ensure_ascii=False)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_titles_come_from_a_table_as_a_spreadsheet_saves_it(tmp_path: Path, encoding: str) -> None:
    assert titles_from(written(tmp_path, "titles.CSV", TITLES.encode(encoding))) == Taken(2, [])
    found = {title.isbn: (title.title, title.author, title.year) for title in find_published(docs.Title)}
    assert found == {"9787506365437": ("活着", "余华", 2012), "9787020024759": ("围城", "钱钟书", None)}


def test_copies_stand_where_the_file_says_and_labels_may_be_as_printed(tmp_path: Path) -> None:
    make_station()
    titles_from(written(tmp_path, "titles.csv", TITLES))
    rows = [{"label": format_label(LABELS[0]), "isbn": 9787506365437, "station": "330502-01"}, {"label": LABELS[1]}]
    assert copies_from(written(tmp_path, "copies.json", rows)) == Taken(2, [])
    copies = {copy.label: (copy.isbn, copy.station, copy.stops) for copy in find_published(docs.Copy)}
    assert copies == {LABELS[0]: ("9787506365437", "330502-01", ("330502-01",)), LABELS[1]: ("", "", ())}


def test_posters_come_from_both_kinds_of_file_and_go_again(tmp_path: Path) -> None:
    make_station()
    table = "poster,line1,line2,note,palette,order,station\nheat,天热了,进来喝水,绿豆汤每天两点,green,2,330502-01\n"
    assert add_posters(written(tmp_path, "posters.csv", table)) == Taken(1, [])
    rest = {"poster": "rest", "lines": ["歇歇脚"], "order": 1}
    assert add_posters(written(tmp_path, "poster.json", rest)) == Taken(1, [])
    assert [(poster.poster, poster.lines) for poster in list_posters()] == [
        ("rest", ("歇歇脚",)), ("heat", ("天热了", "进来喝水"))
    ]
    assert Document.objects.get(key="heat").scope == "@330502-01"
    remove_poster("heat")
    assert [poster.poster for poster in list_posters()] == ["rest"]
    with pytest.raises(ContentRefused, match="没有海报 heat"):
        remove_poster("heat")


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.csv", "isbn,titel\n9787506365437,活着\n", "第 2 行：不认识 titel，是不是 title"),
    ("a.csv", "isbn,title\n9787506365437,活着\n9787506365438,围城\n9787020024759\n", "第 4 行：列数和第 1 行不同"),
    ("a.csv", TITLES + "9787506365438,错\uff01,,\n", "第 4 行：ISBN 9787506365438 不对"),
    ("a.csv", TITLES + "9787506365437,活着,,\n", "第 4 行和第 2 行都是 9787506365437"),
    ("a.csv", TITLES + "9787020008728,,,\n", "第 4 行：缺少 title"),
    ("a.csv", TITLES + "9787020008728,好,,去年\n", "第 4 行：year 要写成 1000 到 2999 的整数"),
    ("a.csv", "isbn,isbn\n", "每列一个，不重复"),
    ("a.csv", 'isbn,title\n9787506365437,"活\n', "不是正确的 CSV"),
    ("a.csv", b"isbn,title\n\xff\xff", "文字编码"),
    ("a.json", "[{", "不是正确的 JSON"),
    ("a.json", "[3]", "第 1 条：要写成 {…}"),
    ("a.json", "[]", "里面没有内容"),
    ("a.json", [{"isbn": "9787506365437", "title": "活" * 201}], "第 1 条：title 有 201 个字，最多 200 个"),
    ("a.json", [{"isbn": "9787506365437", "title": "活\u0000着"}], "第 1 条：title 里有看不见的字符"),
    ("a.json", [{"isbn": "9787506365437", "title": ["活着"]}], "第 1 条：title 要写成文字"),
    ("a.txt", "", "只能用 .json 或 .csv"),
])
def test_of_a_file_with_a_fault_nothing_is_taken(tmp_path: Path, name: str, content: object, words: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        titles_from(written(tmp_path, name, content))
    assert words in refused.value.detail
    assert not Title.objects.exists()
    assert not Document.objects.exists()


def test_every_fault_is_told_at_once_up_to_twenty(tmp_path: Path) -> None:
    with pytest.raises(ContentRefused) as refused:
        titles_from(written(tmp_path, "a.csv", "isbn,title\n" + "1,x\n" * 30))
    assert refused.value.detail.count("ISBN 1 不对") == 20
    assert "……共 30 处" in refused.value.detail


@pytest.mark.parametrize(("row", "words"), [
    ({"label": LABELS[0]}, f"标签 {LABELS[0]} 已经登记过"),
    ({"label": "YZ00000012"}, "标签 YZ00000012 不对"),
    ({"label": LABELS[1], "isbn": "9787020008728"}, "没有书目 9787020008728，请先用 title add 登记"),
    ({"label": LABELS[1], "station": "330502-09"}, "没有编号为 330502-09 的驿站"),
    ({"label": LABELS[1], "borrower": "x"}, "不认识 borrower"),
])
def test_a_copy_that_cannot_be_says_why(tmp_path: Path, row: dict[str, str], words: str) -> None:
    copies_from(written(tmp_path, "first.json", [{"label": LABELS[0]}]))
    with pytest.raises(ContentRefused) as refused:
        copies_from(written(tmp_path, "second.json", [{"label": make_label(3)}, row]))
    assert words in refused.value.detail
    assert list(Copy.objects.values_list("label", flat=True)) == [LABELS[0]]


@pytest.mark.parametrize(("row", "words"), [
    ({"poster": "x", "lines": []}, "lines 要有一行或两行大字"),
    ({"poster": "x", "lines": ["一" * 21]}, "lines 有 21 个字，最多 20 个"),
    ({"poster": "x", "lines": ["一"], "note": "一\n二"}, "note 里有看不见的字符或换行"),
    ({"poster": "x", "lines": ["一"], "palette": "pink"}, "palette 没有 pink，可以写 red、green"),
    ({"poster": "x", "lines": ["一"], "region": "999999"}, "没有 999999 这个行政区划"),
    ({"poster": "x", "lines": ["一"], "station": "none"}, "没有编号为 none 的驿站"),
    ({"poster": "x", "lines": ["一"], "picture": "a" * 64}, "先用 blob add 收进图片"),
    ({"lines": ["一"]}, "缺少 poster"),
    ({"poster": "good", "lines": ["一"]}, "有两张海报的 poster 相同"),
])
def test_a_poster_that_cannot_be_says_why_and_none_is_published(
    tmp_path: Path, row: dict[str, object], words: str
) -> None:
    with pytest.raises(ContentRefused) as refused:
        add_posters(written(tmp_path, "posters.json", [{"poster": "good", "lines": ["好"]}, row]))
    assert words in refused.value.detail
    assert not Document.objects.exists()


def test_what_is_replaced_or_cut_is_said(tmp_path: Path) -> None:
    make_station()
    titles_from(written(tmp_path, "first.csv", TITLES))
    again = [{"isbn": "9787506365437", "title": "活着（新版）", "author": "余华", "cover": "c" * 40}]
    taken = titles_from(written(tmp_path, "again.json", again))
    assert taken.remarks[0] == "9787506365437：title 原来是 活着，year 原来是 2012，cover 原来是 空的"
    assert taken.remarks[1] == "9787506365437：cover 最多 32 字，已截短"
    assert titles_from(written(tmp_path, "again.json", again[:1])).remarks[-1].endswith("已截短")
    poster = {"poster": "heat", "lines": ["天热了"]}
    assert add_posters(written(tmp_path, "a.json", poster)) == Taken(1, [])
    assert add_posters(written(tmp_path, "a.json", poster)) == Taken(1, [])
    cooler = {**poster, "lines": ["凉快了"]}
    assert add_posters(written(tmp_path, "a.json", cooler)).remarks == ["heat：换掉了原来的“天热了”"]
    here = {**cooler, "station": "330502-01"}
    assert add_posters(written(tmp_path, "a.json", here)).remarks == [
        "heat：原来给所有驿站看，改成给驿站 330502-01 看"
    ]


def test_a_copy_goes_and_then_its_title(tmp_path: Path) -> None:
    make_station()
    titles_from(written(tmp_path, "titles.csv", TITLES))
    rows = [{"label": label, "isbn": "9787506365437", "station": "330502-01"} for label in LABELS]
    copies_from(written(tmp_path, "copies.json", rows))
    with pytest.raises(NotWithdrawn, match="还有 2 册书") as refused:
        remove_title("9787506365437")
    assert LABELS[0] in refused.value.detail
    assert [remove_copy(label) for label in LABELS] == [False, False]
    assert find_published(docs.Copy) == []
    assert remove_title("9787506365437") == "活着"
    assert [title.isbn for title in find_published(docs.Title)] == ["9787020024759"]
    for gone in (lambda: remove_title("9787506365437"), lambda: remove_copy(LABELS[0])):
        with pytest.raises(NotWithdrawn, match="没有"):
            gone()


def test_a_copy_that_somebody_has_is_left_alone_unless_it_is_known(tmp_path: Path) -> None:
    station = enrolled()
    rows = [{"label": label, "station": "330502-01"} for label in LABELS]
    copies_from(written(tmp_path, "copies.json", rows))
    tell(station, BookBorrowed(label=LABELS[0], due_on=date(2026, 12, 23)))
    with pytest.raises(NotWithdrawn, match="正借在外面"):
        remove_copy(LABELS[0])
    assert Copy.objects.filter(label=LABELS[0]).exists()
    assert remove_copy(LABELS[0], on_loan=True)
    assert [copy.label for copy in find_published(docs.Copy)] == [LABELS[1]]
    tell(station, BookReturned(label=LABELS[0]))
    assert [copy.label for copy in find_published(docs.Copy)] == [LABELS[1]]
    assert Move.objects.count() == 2


def test_a_copy_that_is_catalogued_again_stands_where_its_events_say(tmp_path: Path) -> None:
    station = enrolled()
    row = written(tmp_path, "copy.json", {"label": LABELS[0], "station": "330502-01"})
    copies_from(row)
    tell(station, BookBorrowed(label=LABELS[0], due_on=date(2026, 12, 23)))
    remove_copy(LABELS[0], on_loan=True)
    assert copies_from(row).remarks == [f"{LABELS[0]}：按驿站的记录，这本书借在外面"]
    assert [(copy.status, copy.loans) for copy in find_published(docs.Copy)] == [("on_loan", 1)]
