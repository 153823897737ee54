"""What an app has to do for its pages: one line in INSTALLED_APPS, and the rest in its own folder."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client, modify_settings
from django.test.utils import CaptureQueriesContext
from django.urls import clear_url_caches

import sync.central.urls
from sync.central.office import rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def umbrellas() -> Iterator[None]:
    """An office with one line more in its settings."""
    before = list(rooms._rooms)
    with modify_settings(INSTALLED_APPS={"append": "tests.central.umbrellas"}):
        _read_urls_again()
        yield
    rooms._rooms[:] = before
    _read_urls_again()


def _read_urls_again() -> None:
    importlib.reload(sync.central.urls)
    clear_url_caches()


def words_of(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def menu_of(client: Client, path: str) -> list[tuple[str, str]]:
    """Each entry's words, and what it says of being here."""
    links = re.findall(r'<a href="[^"]+" ([^>]*)><i [^>]+></i>([^<]+)', client.get(path).content.decode())
    return [(words, "here" if "aria-current" in claims else "") for claims, words in links]


def test_an_apps_page_stands_in_the_menu_at_its_place(clerk: Client, umbrellas: None) -> None:
    for path in ("/umbrellas/", "/umbrellas/3"):
        menu = menu_of(clerk, path)
        assert menu.index(("站点", "")) < menu.index(("雨伞", "here")) < menu.index(("待处理", ""))
        assert [words for words, here in menu if here] == ["雨伞"]
    assert menu_of(clerk, "/")[0] == ("总览", "here")
    assert "第 3 把" in words_of(clerk, "/umbrellas/3")


def test_an_apps_own_look_is_on_every_page(clerk: Client, umbrellas: None) -> None:
    for path in ("/", "/umbrellas/"):
        assert '<link rel="stylesheet" href="/static/umbrellas/umbrellas.css">' in clerk.get(path).content.decode()
    assert finders.find("umbrellas/umbrellas.css")


def test_an_apps_page_wants_a_login(client: Client, umbrellas: None) -> None:
    assert client.get("/umbrellas/")["Location"] == "/login/?next=/umbrellas/"


def test_an_apps_figures_cards_and_days_stand_on_the_overview(clerk: Client, umbrellas: None) -> None:
    for path in ("/", "/overview/live"):
        words = words_of(clerk, path)
        assert re.search(r"在线站点.*在架雨伞 7 共 9 把.*今日借出", words)
        assert re.search(r"还没有驿站.*都在.*日期 签到 借出 归还 借伞", words)
        assert "今天 0 0 0 41" in words
    assert "雨伞在哪里" in words_of(clerk, "/")
    assert 'id="umbrellas" hx-swap-oob="true"' in clerk.get("/overview/live").content.decode()


def test_an_apps_waiting_work_is_listed_and_counted_on_every_page(clerk: Client, umbrellas: None) -> None:
    assert re.search(r"坏了的伞 拿去修 红伞 蓝伞 .*未同步的站点 .* 没有，都正常", words_of(clerk, "/waiting/"))
    for path in ("/", "/umbrellas/", "/stations/", "/waiting/"):
        assert "待处理 2" in words_of(clerk, path)


def test_without_the_line_nothing_of_it_is_there(clerk: Client) -> None:
    assert clerk.get("/umbrellas/").status_code == 404
    assert "雨伞" not in words_of(clerk, "/")


def test_what_several_parts_of_a_page_need_is_asked_once(clerk: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        clerk.get("/")
    assert len([query for query in asked.captured_queries if 'FROM "core_station"' in query["sql"]]) == 1
