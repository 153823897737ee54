from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.utils import timezone

from sync.central.core.models import Attempt, EnrolmentCode, Quarantine, Station
from sync.central.core.projecting.projector import project_all
from sync.central.core.publishing.documents import EVERYBODY, publish
from sync.central.library.catalogue import add_copies, add_titles
from sync.central.logs import is_no_503
from sync.central.office import sessions
from sync.central.office.rooms import brought
from sync.central.stations.health import ago
from sync.protocol import documents as docs
from sync.protocol.events import BookBorrowed, BookReturned, CheckedIn
from sync.protocol.wire import Health

from .conftest import PASSWORD, enrolled, make_station, on_both_databases, post
from .fake_station import CHINA, FakeStation
from .reading import words_at

pytestmark = [pytest.mark.django_db, on_both_databases]

PAGES = ("/", "/overview/live", "/stations/", "/waiting/")
LABEL = "YZ0000001X"


@pytest.mark.parametrize("path", PAGES)
def test_pages_want_a_login(client: Client, path: str) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply["Location"]) == (302, f"/login/?next={path}")


@pytest.mark.parametrize("path", ["/stations/", "/stations/330502-01/code", "/waiting/1/done", "/logout/"])
def test_nothing_is_done_for_a_stranger(client: Client, path: str) -> None:
    make_station()
    assert client.post(path, {"station": "x-1"}).status_code == 302
    assert Station.objects.count() == 1
    assert not EnrolmentCode.objects.exists()


def test_login_leads_to_the_page_that_was_wanted(client: Client, clerk: Client) -> None:
    reply = client.post("/login/", {"name": "clerk", "password": PASSWORD, "next": "/stations/"})
    assert (reply.status_code, reply["Location"]) == (302, "/stations/")
    assert client.get("/").status_code == 200
    client.post("/logout/")
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_login_leads_nowhere_else(client: Client, clerk: Client, onward: str) -> None:
    reply = client.post("/login/", {"name": "clerk", "password": PASSWORD, "next": onward})
    assert reply["Location"] == "/"


@pytest.mark.parametrize("onward", ["foo", "new-code"])
def test_an_address_that_leads_nowhere_is_no_fault_of_the_login(client: Client, clerk: Client, onward: str) -> None:
    reply = client.post("/login/", {"name": "clerk", "password": PASSWORD, "next": onward})
    assert (reply.status_code, clerk.get("/login/", {"next": onward}).status_code) == (302, 302)


def test_guesses_made_at_once_are_counted_before_they_are_judged(
    client: Client, clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    monkeypatch.setattr(sessions, "authenticate", lambda *_, **__: counted.append(Attempt.objects.count()))
    client.post("/login/", {"name": "clerk", "password": "wrong"})
    assert counted == [1]


def test_a_wrong_password_and_an_unknown_name_look_alike(client: Client, clerk: Client) -> None:
    replies = [client.post("/login/", {"name": name, "password": "wrong"}) for name in ("clerk", "\0nobody")]
    assert {reply.status_code for reply in replies} == {403}
    assert all("账号或密码不对" in reply.content.decode() for reply in replies)


def test_after_five_failures_even_the_right_password_waits(client: Client, clerk: Client) -> None:
    for _ in range(5):
        assert client.post("/login/", {"name": "clerk", "password": "wrong"}).status_code == 403
    right = {"name": "clerk", "password": PASSWORD}
    assert client.post("/login/", right).status_code == 429
    assert client.post("/login/", right, REMOTE_ADDR="10.0.0.9").status_code == 302
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert client.post("/login/", right).status_code == 302


def test_a_form_of_another_site_is_refused(clerk: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    reply = strict.post("/login/", {"name": "clerk", "password": PASSWORD})
    assert reply.status_code == 403
    assert "页面已过期" in reply.content.decode()


def test_no_page_allows_foreign_code(clerk: Client) -> None:
    for path in (*PAGES, "/login/", "/nothing"):
        reply = clerk.get(path)
        assert "script-src 'self'" in reply["Content-Security-Policy"]
        assert "unsafe" not in reply["Content-Security-Policy"]
        assert reply["X-Frame-Options"] == "DENY"
        assert reply["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?![^>]* src=)|<style| on\w+=| style=|https?://", reply.content.decode())


def test_a_page_that_is_not_there_says_so_in_words(clerk: Client) -> None:
    reply = clerk.get("/nothing")
    assert reply.status_code == 404
    assert "没有这个页面" in reply.content.decode()


def test_an_empty_office_says_what_to_do(clerk: Client) -> None:
    words = words_at(clerk, "/")
    assert "还没有驿站" in words
    assert "还没有人借书还书" in words


def test_a_station_that_makes_up_trades_does_not_fill_the_page(clerk: Client, station: FakeStation) -> None:
    station.sync([station.line(CheckedIn(checkin=f"{n}", trade=f"<b>{n}")) for n in range(300)])
    project_all()
    assert "名单外" in words_at(clerk, "/")
    assert len(clerk.get("/").content) < 30_000


def test_the_overview_shows_what_happened_today(clerk: Client, station: FakeStation) -> None:
    publish(EVERYBODY, [docs.Trade(trade="courier", name="快递员", short="快递", icon="moped")])
    add_titles([docs.Title(isbn="9787506365437", title="活着")])
    add_copies([docs.Copy(label=LABEL, isbn="9787506365437", station=station.id, stops=(station.id,))])
    station.health = Health(version="0.1.0", pending=4 + 7)
    with time_machine.travel(datetime(2026, 11, 23, 14, 26, tzinfo=CHINA), tick=False):
        now = datetime.now(CHINA)
        station.sync([
            station.line(CheckedIn(checkin="y", trade="courier"), at=now - timedelta(days=1)),
            station.line(CheckedIn(checkin="a", trade="courier"), at=now),
            station.line(CheckedIn(checkin="b", trade="new-trade", companion=True), at=now),
            station.line(BookBorrowed(label=LABEL, due_on=date(2026, 12, 23), borrower="SECRETHASH"), at=now),
        ])
        project_all()
        clerk.force_login(User.objects.get())
        words, live = words_at(clerk, "/"), words_at(clerk, "/overview/live")
        assert "SECRETHASH" not in clerk.get("/").content.decode()
    for part in (
        "今日人次 2 其中同伴 1 · 昨天全天 1", "在线站点 1 / 1 没有站点失联", "今日借出 1 现有 1 册在外",
        "今日归还 0", "在架图书 0 共 1 册已贴标签", "衣裳街 在线 刚刚 7 0.1.0",
        "14:26 衣裳街 活着 YZ 0000001-X 借出", "22 日 周日 1 0 0 0 今天 2 1 0 0", "名单外",
    ):
        assert part in words
        assert part in live


def test_stations_unheard_of_for_longest_come_first(clerk: Client) -> None:
    now = timezone.now()
    for number, (name, hours) in enumerate([("近", 0.0), ("远", 26.0), ("中", 1.2)]):
        enrolled(f"330502-1{number}", name)
        Station.objects.filter(name=name).update(last_sync_at=now - timedelta(hours=hours))
    make_station("330502-19", "新")
    words = words_at(clerk, "/")
    assert re.search(r"远 失联 26 小时前.*中 久未同步 1 小时 12 分前.*近 在线 刚刚.*新 待登记 从未", words)
    assert "在线站点 1 / 3 2 个超过 1 小时未同步" in words
    assert "待处理 2" in words


def test_a_station_with_a_fault_is_not_shown_green(clerk: Client, station: FakeStation) -> None:
    station.health = Health(faults=("SCANNER-LOST",))
    station.sync()
    assert "有故障" in words_at(clerk, "/")
    assert "SCANNER-LOST" in words_at(clerk, "/stations/")


def test_a_fault_that_a_station_reports_waits_for_a_hand_in_words(clerk: Client, station: FakeStation) -> None:
    station.health = Health(faults=("DISK-LOW", "gate:JAMMED", "scanner-2:DEV-LOST", "scanner:DEV-MISSING"))
    station.sync()
    overview, waiting, stations = (words_at(clerk, path) for path in ("/", "/waiting/", "/stations/"))
    assert "待处理 4" in overview
    assert "在线站点 1 / 1 没有站点失联 · 1 个有故障" in overview
    words = ("扫码器没连上", "第 2 个扫码器断开了", "磁盘空间快满了", "设备 gate 有故障，代码 JAMMED")
    assert all(one in waiting and one in stations for one in words)
    assert "DEV-" not in waiting + stations
    Station.objects.update(revoked_at=timezone.now())
    assert "扫码器没连上" not in words_at(clerk, "/waiting/")


@pytest.mark.parametrize(("number", "region", "words"), [
    ("330502-01", "330599", "没有 330599 这个行政区划"),
    ("330502-01", "99", "没有 99 这个行政区划"),
    ("YISHANGJIE", "330502", "编号不像 330502-01"),
    ("330502-1", "3305", "编号不像 330502-01"),
])
def test_a_station_that_was_mistyped_waits_to_be_checked(
    clerk: Client, number: str, region: str, words: str
) -> None:
    Station.objects.create(id=number, name="衣裳街", region=region)    # as an older office let it be made
    assert words in words_at(clerk, "/waiting/")
    assert "待处理 1" in words_at(clerk, "/")


def test_a_district_newer_than_the_table_is_taken_and_waits_to_be_checked(clerk: Client) -> None:
    make_station("330502-01", region="330599")
    assert "没有 330599 这个行政区划" in words_at(clerk, "/waiting/")


@pytest.mark.parametrize("region", ["330502", "3305", "33", "330113", "659001", "110000"])
def test_a_station_as_it_should_be_waits_for_nothing(clerk: Client, region: str) -> None:
    make_station("330502-01", region=region)
    assert "待处理 总工会" not in words_at(clerk, "/")
    assert words_at(clerk, "/waiting/").count("没有，都正常") == len(brought(lambda room: room.waiting))


def test_a_record_set_aside_waits_until_somebody_has_dealt_with_it(clerk: Client, station: FakeStation) -> None:
    station.sync([b"<script>alert(1)</script>"])
    page = clerk.get("/waiting/").content.decode()
    assert "无法读取" in page
    assert "<script>alert" not in page
    clerk.post(f"/waiting/{Quarantine.objects.get().pk}/done")
    assert "无法读取" not in words_at(clerk, "/waiting/")
    assert Quarantine.objects.count() == 1


def test_a_station_made_on_the_page_enrols_with_the_code_shown_once(clerk: Client) -> None:
    form = {"station": "330502-02", "name": "凤凰", "place": "", "region": "330502"}
    assert clerk.post("/stations/", form).status_code == 302
    with override_settings(YIZHAN_URL="https://office.example"):
        page = clerk.post("/stations/330502-02/code", follow=True)
    code = re.search(r'class="secret">([0-9A-Z ]+)<', page.content.decode())
    assert code is not None
    assert "<svg" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert FakeStation(post, "330502-02").enrol(code[1]).status == 200
    assert clerk.post("/stations/none/code").status_code == 404


@pytest.mark.parametrize(("number", "region", "words"), [
    ("330502-02", "3", "行政区划代码应为"),
    ("330502-02", "999999", "没有 999999 这个行政区划"),
    ("", "330502", "请写上编号"),
    ("x" * 32, "330502", "编号要像 330502-02"),
    ("33 0502", "330502", "编号要像 330502-02"),
    ("330502-" + "1" * 40, "330502", "编号最多 32 位"),
])
def test_a_station_that_cannot_be_says_why_and_keeps_what_was_typed(
    clerk: Client, number: str, region: str, words: str
) -> None:
    reply = clerk.post("/stations/", {"station": number, "name": "凤凰", "region": region})
    assert reply.status_code == 400
    assert words in reply.content.decode()
    assert 'value="凤凰"' in reply.content.decode()
    assert not Station.objects.exists()


def test_returns_are_counted_apart_from_loans(clerk: Client, station: FakeStation) -> None:
    station.sync([station.line(BookReturned(label="raw"))])
    project_all()
    words = words_at(clerk, "/")
    assert "今日归还 1" in words
    assert "书目未登记 raw 归还" in words


@pytest.mark.parametrize(("seconds", "words"), [
    (-5, "刚刚"), (59, "刚刚"), (60, "1 分钟前"), (3_599, "59 分钟前"), (3_600, "1 小时 0 分前"),
    (5 * 3_600, "5 小时前"), (49 * 3_600, "2 天前"),
])
def test_how_long_ago(seconds: int, words: str) -> None:
    now = timezone.now()
    assert ago(now - timedelta(seconds=seconds), now) == words


def test_while_the_database_is_away_a_page_says_so_in_one_line_of_log(
    clerk: Client, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("gone")

    clerk.raise_request_exception = False
    with connection.execute_wrapper(away):
        page = clerk.get("/")
    assert (page.status_code, page["Retry-After"]) == (503, "30")
    assert "暂时连不上数据库" in page.content.decode()
    told = [record for record in caplog.records if is_no_503(record)]
    assert [record.getMessage() for record in told] == ["database not available for a page: OperationalError"]
    assert not told[0].exc_info
