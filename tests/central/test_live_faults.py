"""Two of the staff at once, at a real office."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import requests

from sync.protocol.events import FaultReported

from .fake_station import CHINA
from .live import LiveOffice, station_of

FAULTS = 8


def logged_in(office: LiveOffice, name: str) -> requests.Session:
    session, password = requests.Session(), office.add_user(name)
    post(session, office, "/login/", token_in(session.get(f"{office.url}/login/").text), name=name, password=password)
    return session


def token_in(page: str) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]


def post(session: requests.Session, office: LiveOffice, path: str, token: str, **form: str) -> int:
    form["csrfmiddlewaretoken"] = token
    return session.post(office.url + path, data=form, allow_redirects=False, timeout=60).status_code


def test_of_two_who_take_at_the_same_moment_one_wins(tmp_path: Path, make_database: Callable[[], str]) -> None:
    with LiveOffice(tmp_path, database_url=make_database()) as office:
        office.add_station("330502-01")
        station, now = station_of(office, "330502-01"), datetime.now(CHINA)
        station.sync([
            station.line(FaultReported(report=f"r{number}", amenity=f"椅子 {number}", what="broken"), at=now)
            for number in range(FAULTS)
        ])
        office.wait_until_projected()
        answers: dict[str, list[int]] = {}
        start = threading.Barrier(2)

        def take_all(name: str, session: requests.Session) -> None:
            page = session.get(f"{office.url}/faults/").text
            buttons = re.findall(r'action="(/faults/\d+/take)"', page)
            for button in buttons:
                start.wait(60)
                answers.setdefault(button, []).append(post(session, office, button, token_in(page), seen="open"))

        staff = {name: logged_in(office, name) for name in ("zhang", "li")}
        threads = [threading.Thread(target=take_all, args=one) for one in staff.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        for session in staff.values():
            session.close()
        assert len(answers) == FAULTS
        assert all(sorted(codes) == [302, 409] for codes in answers.values())
        assert office.rows("SELECT count(*) FROM faults_action") == [(FAULTS,)]
        assert office.rows("SELECT DISTINCT state FROM faults_fault") == [("taken",)]
