"""What is too long, or has a NUL in it: the same answer on both databases, and nothing else suffers for it."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from sync.central.core.models import Station
from sync.central.core.publishing.documents import EVERYBODY, DocumentRefused, find_published, publish
from sync.central.library.catalogue import Left, add_copies, add_titles
from sync.central.library.models import Copy, Title
from sync.protocol import documents as docs
from sync.protocol import limits
from tests.chance import tries

from .conftest import enrolled, on_both_databases

pytestmark = [on_both_databases, pytest.mark.django_db]
GOOD = docs.Title(isbn="9787506365437", title="活着", author="余华")
ISBN = "9787536692930"


def said(remarks: list[Left]) -> list[tuple[str, str]]:
    return [(remark.key, remark.field) for remark in remarks]


@pytest.mark.parametrize(("title", "kept"), [
    ("书" * 200, "书" * 200), ("书" * 201, "书" * 199 + "…"), ("书" * 400, "书" * 199 + "…"), ("三\0体", "三体"),
], ids=["200", "201", "400", "NUL"])
def test_a_title_is_cut_where_the_column_ends_and_it_is_said(title: str, kept: str) -> None:
    remarks = add_titles([docs.Title(isbn=ISBN, title=title), GOOD])
    assert said(remarks) == ([] if kept == title else [(ISBN, "title")])
    assert Title.objects.get(isbn=ISBN).title == kept
    assert [found.title for found in find_published(docs.Title, ISBN)] == [kept]
    assert Title.objects.filter(isbn=GOOD.isbn).exists()


@pytest.mark.parametrize("bad", [
    docs.Title(isbn="97875366929301", title="三体"), docs.Title(isbn="978\0", title="三体"),
    docs.Title(isbn="", title="三体"), docs.Title(isbn=ISBN, title="\0"),
], ids=["long ISBN", "NUL in the ISBN", "no ISBN", "no title"])
def test_a_title_that_cannot_be_kept_is_left_out_alone(bad: docs.Title) -> None:
    assert said(add_titles([bad, GOOD])) == [(bad.isbn, "")]
    assert list(Title.objects.values_list("isbn", flat=True)) == [GOOD.isbn]
    assert [found.isbn for found in find_published(docs.Title)] == [GOOD.isbn]


def test_of_two_titles_with_one_isbn_the_last_counts() -> None:
    add_titles([docs.Title(isbn=ISBN, title="三体"), docs.Title(isbn=ISBN, title="三体（修订版）")])
    assert Title.objects.get().title == "三体（修订版）"
    assert [found.title for found in find_published(docs.Title)] == ["三体（修订版）"]


@pytest.mark.parametrize("bad", [
    docs.Copy(label="Y" * 65), docs.Copy(label="YZ\0"), docs.Copy(label=""),
    docs.Copy(label="YZ00000028", isbn="9787000000000"), docs.Copy(label="YZ00000028", station="330000-99"),
    docs.Copy(label="YZ0000001X"),
], ids=["long label", "NUL in the label", "no label", "no such title", "no such station", "twice"])
def test_a_copy_that_cannot_be_kept_is_left_out_alone(bad: docs.Copy) -> None:
    add_titles([GOOD])
    remarks = add_copies([docs.Copy(label="YZ0000001X", isbn=GOOD.isbn), bad, docs.Copy(label="YZ00000036")])
    assert said(remarks) == [(bad.label, "")]
    assert set(Copy.objects.values_list("label", flat=True)) == {"YZ0000001X", "YZ00000036"}


def test_a_copy_that_is_catalogued_already_stays_as_it_is() -> None:
    add_copies([docs.Copy(label="YZ0000001X")])
    assert said(add_copies([docs.Copy(label="YZ0000001X", status="missing"), docs.Copy(label="YZ00000036")])) == [
        ("YZ0000001X", ""),
    ]
    assert Copy.objects.get(label="YZ0000001X").status == "on_shelf"


TEXTS = st.text(alphabet="a书\0 \ud7ff", max_size=4) | st.sampled_from(["书" * 201, "w\0" * 400, "书" * 5_000])


class AnyTexts(TestCase):
    """Titles of whatever there is."""

    @settings(max_examples=tries(15), deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(["1", "2", "9" * 13, "9" * 14, ""]), TEXTS, TEXTS), max_size=6))
    def test_whatever_comes_the_good_ones_are_kept(self, rows: list[tuple[str, str, str]]) -> None:
        add_titles([*(docs.Title(isbn=isbn, title=title, author=author) for isbn, title, author in rows), GOOD])
        kept = {isbn for isbn, title, _ in rows if 0 < len(isbn) <= 13 and title.replace("\0", "").strip()}
        assert set(Title.objects.values_list("isbn", flat=True)) == kept | {GOOD.isbn}
        assert {found.isbn for found in find_published(docs.Title)} == kept | {GOOD.isbn}
        Title.objects.all().delete()


@pytest.mark.parametrize("key", ["k" * 65, "a\0b", ""], ids=["long", "NUL", "none"])
def test_a_document_of_a_key_that_no_column_takes_is_refused(key: str) -> None:
    with pytest.raises(DocumentRefused):
        publish(EVERYBODY, [docs.Poster(poster=key, lines=("进来歇歇脚",))])
    assert find_published(docs.Poster) == []


NUL_COOKIE = r'"\000"'      # how a stranger writes a NUL into a cookie
ADDRESSES = [
    "/%00", "/stations/%00/", "/stations/330502-01%00/", "/static/%00.css", "/faults/?station=%00", "/faults/?show=%00",
    "/?%00=1", "/login/?next=%00", "/records/?page=%00", "/r/%00",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_with_nul_is_no_fault_of_the_office(client: Client, admin_client: Client, address: str) -> None:
    for who in (client, admin_client):
        assert who.get(address).status_code in {400, 404}


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "anything"])
def test_a_cookie_with_nul_is_a_stranger_s(client: Client, name: str) -> None:
    plain = client.get("/login/")
    broken = client.get("/login/", headers={"cookie": f"{name}={NUL_COOKIE}"})
    assert (broken.status_code, plain.status_code) == (200, 200)
    home = client.get("/", headers={"cookie": f"{name}={NUL_COOKIE}"})
    assert (home.status_code, home["Location"].split("?")[0]) == (302, "/login/")


@pytest.mark.parametrize("field", ["station", "name", "place", "region"])
def test_a_form_with_nul_changes_nothing_and_is_no_fault_of_the_office(admin_client: Client, field: str) -> None:
    enrolled("330502-01")
    typed = {"station": "330502-02", "name": "凤凰", "place": "新享驿站", "region": "330502"}
    answer = admin_client.post("/stations/", {**typed, field: typed[field] + "\0"})
    assert answer.status_code < 500
    assert list(Station.objects.values_list("id", flat=True)) == ["330502-01"]


def test_who_logs_in_with_nul_is_nobody(client: Client) -> None:
    assert client.post("/login/", {"name": "a\0b", "password": "x\0"}).status_code < 500


def test_columns_and_protocol_have_the_same_limits() -> None:
    assert Title._meta.get_field("title").max_length == limits.TITLE_CHARS
    assert Copy._meta.get_field("label").max_length == limits.KEY_CHARS
