"""The patient's link: opens once, within 24 hours, and only for who presses the button."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from sync.central.consult import keyfile, share_pages
from sync.central.consult.models import Consultation, Ending, Look, Share, State
from sync.central.consult.sharing import make_share

from .conftest import on_both_databases
from .consulting import NOON, call_id, missed, talked, write
from .reading import words_in

pytestmark = [pytest.mark.django_db, on_both_databases]


def shared(now: datetime = NOON) -> str:
    """The link of a record with notes."""
    call = talked()
    write(call, advice="多喝水，休息两天", complaint="头疼")
    return make_share(call.call, now)


@pytest.fixture(autouse=True)
def noon() -> object:
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        yield


def test_the_office_keeps_no_secret() -> None:
    path = shared()
    secret = path.removeprefix("/r/")
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", secret)
    share = Share.objects.get()
    assert secret not in str(vars(share))
    assert share.digest != secret


def test_asked_again_it_is_the_same_link_until_it_was_opened(client: Client) -> None:
    path = shared()
    assert make_share(call_id("a"), NOON + timedelta(hours=2)) == path
    assert client.post(path).status_code == 200
    assert make_share(call_id("a"), NOON + timedelta(hours=2)) == ""
    assert Share.objects.count() == 1


def test_a_link_is_made_only_after_the_end_and_where_there_is_something_to_read() -> None:
    call = talked()
    assert make_share(call.call, NOON) == ""
    write(call)
    Consultation.objects.update(state=State.TALKING)
    assert make_share(call.call, NOON) == ""
    assert make_share(missed("b", Ending.LEFT).call, NOON) == ""
    assert make_share("nothing", NOON) == ""
    assert not Share.objects.exists()


def test_looking_at_the_link_does_not_use_it_up(client: Client) -> None:
    path = shared()
    for _ in range(3):
        page = client.get(path)
        assert page.status_code == 200
        assert "11 月 30 日 12:00 以前有效" in words_in(page.content)
        assert "多喝水" not in words_in(page.content)
    assert client.head(path).status_code == 200
    assert Share.objects.get().opened_at is None


def test_the_button_opens_it_once(client: Client) -> None:
    path = shared()
    page = client.post(path)
    shown = ("多喝水，休息两天", "头痛头晕、发烧", "王敏 主治医师", "110330500012345", "新享驿站", "12:00 到 12:05")
    for words in shown:
        assert words in words_in(page.content), words
    assert client.post(path).status_code == 404
    assert client.get(path).status_code == 404
    assert [look.what for look in Look.objects.order_by("id")] == ["noted", "shared", "fetched"]
    assert Look.objects.latest("id").who == "(patient)"


def test_used_too_old_and_unknown_say_the_same(client: Client) -> None:
    path = shared()
    client.post(path)
    used = client.get(path).content
    other = talked("b")
    write(other)
    old = make_share(other.call, NOON)
    with time_machine.travel(NOON + timedelta(hours=24), tick=False):
        too_old = [client.get(old).content, client.post(old).content]
    unknown = [client.get("/r/" + "A" * 32).content, client.post("/r/%00").content]
    assert {used, *too_old, *unknown} == {used}
    assert "每个链接只能打开一次，生成后 24 小时内有效" in used.decode()
    assert not Share.objects.get(consultation=other).opened_at


def test_the_page_needs_no_login_no_cookie_and_leaves_none() -> None:
    strict = Client(enforce_csrf_checks=True)
    page = strict.post(shared())
    assert page.status_code == 200
    assert not strict.cookies
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page["X-Robots-Tag"]
    assert not re.search(r"<script|<style| on\w+=| style=|https?://", page.content.decode())


def test_who_tries_too_often_has_to_wait_and_the_link_stays(client: Client) -> None:
    path = shared()
    for number in range(share_pages.DOOR.per_visitor):
        assert client.get(f"/r/{number}").status_code == 404
    assert client.post(path).status_code == 429
    assert client.post(path, REMOTE_ADDR="10.0.0.9").status_code == 200


def test_without_keys_the_page_says_so_and_the_link_is_not_used_up(client: Client) -> None:
    path = shared()
    keys = keyfile.key_path().read_bytes()
    keyfile.key_path().unlink()
    answer = client.post(path)
    assert answer.status_code == 503
    assert "OFFICE-KEYS" in words_in(answer.content)
    keyfile.key_path().write_bytes(keys)
    assert client.post(path).status_code == 200
