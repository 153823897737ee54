"""How a request reaches its page, as browsers, watchers of proxies and clerks with an old session send it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from .conftest import PASSWORD, make_station

pytestmark = pytest.mark.django_db


def addresses(within: URLResolver, above: str = "/") -> list[str]:
    """Every address there is, with something in each gap."""
    found: list[str] = []
    for one in within.url_patterns:
        path = above + re.sub(r"<int:\w+>", "1", re.sub(r"<\w+:\w+>|<\w+>", "330502-01", str(one.pattern)))
        found += addresses(one, path) if isinstance(one, URLResolver) else [path] if isinstance(one, URLPattern) else []
    return found


def test_head_on_any_page_answers_as_get_does(clerk: Client, client: Client) -> None:
    make_station()
    paths = [*addresses(get_resolver()), "/nothing", "/static/office/office.css"]
    assert {"/", "/stations/", "/login/", "/waiting/"} <= set(paths)
    for path in paths:
        for browser in (clerk, client):
            shown, head = browser.get(path), browser.head(path)
            assert (head.status_code, head.get("Location"), head.content) == (
                shown.status_code, shown.get("Location"), b""
            ), path


def test_an_address_that_only_a_button_uses_leads_to_the_page_of_the_button(clerk: Client) -> None:
    make_station()
    for path, page in (("/waiting/1/done", "/waiting/"), ("/logout/", "/"), ("/faults/1/take", "/faults/")):
        assert clerk.get(path).headers["Location"] == page
    assert "code" not in clerk.get("/stations/330502-01/code", follow=True).request["PATH_INFO"]


def test_what_was_posted_when_the_session_was_over_leads_back_to_its_page(clerk: Client) -> None:
    make_station()
    clerk.logout()
    sent_away = clerk.post("/stations/330502-01/code")
    assert sent_away.headers["Location"] == "/login/?next=/stations/"
    form = {"name": "clerk", "password": PASSWORD, "next": "/stations/"}
    assert clerk.post("/login/", form, follow=True).request["PATH_INFO"] == "/stations/"
    # An address that was kept from before leads there as well.
    clerk.logout()
    there = clerk.post("/login/", {**form, "next": "/stations/330502-01/code"}, follow=True)
    assert (there.status_code, there.request["PATH_INFO"]) == (200, "/stations/")


def test_what_cannot_be_sent_to_a_page_is_said_in_words(clerk: Client) -> None:
    reply = clerk.post("/waiting/")
    assert reply.status_code == 405
    assert "这里不能这样操作" in reply.content.decode()


