"""The office behind a proxy, and the address that a one-time code's QR tells a station."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client, override_settings

from sync.central.core.models import EnrolmentCode
from sync.central.office import hosts

from .conftest import make_station, post
from .fake_station import FakeStation

pytestmark = pytest.mark.django_db
CODE = "/stations/330502-01/code"


@pytest.fixture(autouse=True)
def nothing_told() -> Iterator[None]:
    """As in an office that has just been started."""
    hosts._told.clear()
    yield
    hosts._told.clear()


def new_code(clerk: Client, **headers: str) -> str:
    make_station()
    clerk.post(CODE, **headers)     # pyright: ignore[reportArgumentType]  # Django's own way of giving headers
    return clerk.get(CODE, **headers).content.decode()     # pyright: ignore[reportArgumentType]


def test_a_page_by_an_address_that_is_not_known_says_which_setting_to_change(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/", HTTP_HOST="[::").status_code == 400
    hosts._told.clear()
    caplog.clear()
    for path in ("/", "/login/", "/stations/", "/"):
        page = client.get(path, HTTP_HOST="office.example")
        assert page.status_code == 400
        words = page.content.decode()
        assert "YIZHAN_CENTRAL_URL 设成浏览器里的网址，如 https://office.example" in words
        assert "把 office.example 加进 YIZHAN_CENTRAL_HOSTS" in words
    assert [record.getMessage() for record in caplog.records if record.name == hosts.__name__] == [
        "the address office.example is not known here: set YIZHAN_CENTRAL_URL to it, or add it to YIZHAN_CENTRAL_HOSTS"
    ]


def test_a_stranger_who_makes_up_names_does_not_fill_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(100):
        page = client.get("/", HTTP_HOST=f"<b>evil{number}\x1b.example")
        assert b"<b>evil" not in page.content
    told = [record.getMessage() for record in caplog.records if record.name == hosts.__name__]
    assert len(told) == 20
    assert told[-1].endswith("(no more of these)")
    assert "\x1b" not in "".join(told)


def test_a_login_through_https_that_the_settings_do_not_name_says_so() -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.post("/login/", HTTP_ORIGIN="https://office.example")
    assert page.status_code == 403
    assert "请系统管理员把 YIZHAN_CENTRAL_URL 设成 https://office.example" in page.content.decode()


def test_a_login_over_http_where_cookies_are_for_https_says_so() -> None:
    browser = Client(enforce_csrf_checks=True)
    with override_settings(YIZHAN_URL="https://office.example", CSRF_COOKIE_SECURE=True):
        page = browser.post("/login/", {"name": "clerk"}).content.decode()
    assert "请用 https://office.example 打开总工会端" in page


@pytest.mark.parametrize(("url", "headers"), [
    ("", {}),                                                       # http://testserver: stations want https
    ("", {"HTTP_HOST": "192.168.1.5:8000"}),
    ("", {"HTTP_HOST": "127.0.0.1:8000", "HTTP_X_FORWARDED_FOR": "10.0.0.9"}),
    ("", {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "10.0.0.9"}),
    ("http://127.0.0.1:8000", {"HTTP_HOST": "office.example"}),
    ("https://localhost", {"HTTP_HOST": "office.example"}),
    ("https://0.0.0.0", {}),
    ("http://office.example", {}),
])
def test_no_qr_is_made_with_an_address_that_no_station_could_use(
    clerk: Client, url: str, headers: dict[str, str]
) -> None:
    with override_settings(YIZHAN_URL=url, ALLOWED_HOSTS=["*"]):
        page = new_code(clerk, **headers)
    assert "<svg" not in page
    assert "请系统管理员把 YIZHAN_CENTRAL_URL 设成驿站能用的网址" in page
    assert re.search(r'class="secret">[0-9A-Z]{5} [0-9A-Z]{5}<', page)


def test_no_qr_leads_to_loopback_of_an_office_that_serves_other_machines(clerk: Client) -> None:
    with override_settings(YIZHAN_LISTENS="0.0.0.0"):  # nothing listens
        assert "<svg" not in new_code(clerk, HTTP_HOST="127.0.0.1:8000")


@pytest.mark.parametrize(("url", "headers"), [
    ("https://office.example", {}),
    ("https://office.example", {"HTTP_HOST": "127.0.0.1:8000"}),
    ("http://127.0.0.1:8000", {"HTTP_HOST": "127.0.0.1:8000"}),    # a station on this machine, as in the demo
    ("", {"HTTP_HOST": "localhost:8000"}),
])
def test_a_qr_tells_the_address_that_stations_use(clerk: Client, url: str, headers: dict[str, str]) -> None:
    with override_settings(YIZHAN_URL=url, ALLOWED_HOSTS=["*"]):
        page = new_code(clerk, **headers)
    assert "<svg" in page
    assert f"总工会网址：{url or 'http://localhost:8000'}" in page


def test_loading_the_page_of_a_code_again_makes_no_new_one(clerk: Client, client: Client) -> None:
    first = re.findall(r'class="secret">(.{11})<', new_code(clerk))
    assert len(first) == 1
    again = clerk.get(CODE).content.decode()
    assert re.findall(r'class="secret">(.{11})<', again) == first
    assert EnrolmentCode.objects.count() == 1
    assert client.get(CODE).status_code == 302      # another browser does not see it
    assert FakeStation(post, "330502-01").enrol(first[0]).status == 200
    assert clerk.get(CODE).headers["Location"] == "/stations/"      # it was used
