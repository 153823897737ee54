"""The office as it is really run: a process, a socket, a browser."""

from __future__ import annotations

import http.client
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from sync.protocol import wire
from sync.protocol.events import CheckedIn

from .live import LiveOffice, station_of


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, make_database: Callable[[], str]) -> Iterator[LiveOffice]:
    with LiveOffice(tmp_path_factory.mktemp("office"), database_url=make_database(), example=True) as office:
        yield office


def test_acknowledged_events_outlive_a_power_cut_and_are_projected_after_it(
    tmp_path: Path, make_database: Callable[[], str]
) -> None:
    database_url = make_database()
    office = LiveOffice(tmp_path / "office", database_url=database_url, projector=False)
    office.add_station("330502-01")
    with office:
        station = station_of(office, "330502-01")
        lines = [station.line(CheckedIn(checkin=f"c{number}", trade="courier")) for number in range(50)]
        assert station.sync(lines).receipt.head == 50
        office.kill()
        assert [event.line for event in office.events()] == lines
        assert office.unprojected() == 1
    again = LiveOffice(tmp_path / "office", database_url=database_url)
    with again:
        again.wait_until_projected()
        assert again.rows("SELECT sum(visits) FROM visits_dailycount") == [(50,)]


def test_secrets_of_the_data_folder_are_nobody_elses(office: LiveOffice) -> None:
    kept = {"secret.key", "office.db"} & {path.name for path in office.folder.iterdir()}
    assert kept == ({"secret.key"} if office.database_url else {"secret.key", "office.db"})
    for name in kept:
        assert stat.S_IMODE((office.folder / name).stat().st_mode) == 0o600


def test_a_body_without_a_length_or_too_long_is_refused_unread(office: LiveOffice) -> None:
    for headers, code in (({"Transfer-Encoding": "chunked"}, 411), ({"Content-Length": str(10**12)}, 413)):
        connection = http.client.HTTPConnection("127.0.0.1", office.port, timeout=60)
        connection.putrequest("POST", "/api/v1/sync")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        assert response.status == code
        response.read()
        connection.close()


def test_a_stranger_fills_no_log_and_makes_up_no_address(office: LiveOffice) -> None:
    before = len(office.log_path.read_text().splitlines())
    for headers in ({"Host": "evil.example"}, {"Host": "evil.example"}, {"Host": "127.0.0.1", "X": "y" * 200_000}):
        connection = http.client.HTTPConnection("127.0.0.1", office.port, timeout=60)
        connection.request("GET", "/login/", headers=headers)
        assert connection.getresponse().status in {400, 431}
        connection.close()
    told = office.log_path.read_text().splitlines()[before:]
    assert len(told) == 1, "an unknown address, once"
    assert "evil.example is not known here" in told[0]
    body = wire.encode(wire.EnrolRequest(code="AAAAAAAAAA", public_key="0" * 64, install="i", epoch="e"))
    with pytest.raises(HTTPError, match="403") as refused:
        urlopen(Request(office.url + wire.ENROL_PATH, body, {"X-Forwarded-For": "10.9.8.7"}), timeout=60)
    refused.value.close()
    assert office.rows("SELECT DISTINCT visitor FROM core_attempt") == [("127.0.0.1",)]


def test_a_revoked_station_is_stopped_from_the_command_line(office: LiveOffice) -> None:
    office.add_station("330502-90")
    station = station_of(office, "330502-90")
    office.revoke("330502-90")
    assert station.sync().refusal.code == "revoked"


def test_commands_say_what_is_wrong(office: LiveOffice, tmp_path: Path) -> None:
    for arguments, words in (
        (["station", "code", "nowhere"], "没有编号为 nowhere 的驿站"),
        (["station", "add", "330502-01", "--name", "x", "--region", "330502"], "已有驿站"),
        (["example"], "示例只能装进空的数据库"),
    ):
        with pytest.raises(RuntimeError, match=words):
            office.run(*arguments)
    with pytest.raises(RuntimeError, match="密码"):
        office.run("user", "add", "weak", "--password-stdin", stdin="short\n")
    assert office.run("user", "add", "own", "--password-stdin", stdin="a long enough secret\n") == ""


def test_it_ends_orderly_when_told_to(tmp_path: Path) -> None:
    office = LiveOffice(tmp_path)
    office.start()
    assert office.stop() == 0
    office.start()
    with pytest.raises(RuntimeError, match="用不了"):
        office.run("serve", "--port", str(office.port))
    assert office.kill() == -9


def test_serving_an_empty_database_is_refused_with_words(tmp_path: Path) -> None:
    office = LiveOffice(tmp_path)
    (tmp_path / "office.db").unlink()
    with pytest.raises(RuntimeError, match="migrate"):
        office.start()
