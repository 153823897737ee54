"""Mending and rebuilding beside an office that serves: from the command line, raced, killed, and run again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from sync.protocol.events import CheckinUndone, encode_entry
from tests.chance import tries

from .fake_station import CHINA
from .live import LiveOffice, station_of
from .test_projector import AT
from .test_quarantine import POISON, checkin
from .test_rebuild import TABLES, a_busy_day

pytestmark = pytest.mark.slow


def test_staff_look_mend_and_replay_from_the_command_line(
    tmp_path: Path, make_database: Callable[[], str]
) -> None:
    office = LiveOffice(tmp_path / "office", database_url=make_database())
    office.add_station("330502-01")
    with office:
        station = station_of(office, "330502-01")
        station.sync([station.line(checkin("a")), POISON, POISON + b"!"])
        office.wait_until_projected()
        listed = office.run("quarantine", "list", "--station", "330502-01")
        assert re.findall(r"序号 (\d) +无法读取 line +待处理", listed) == ["2", "3"]
        shown = office.run("quarantine", "show", "1")
        assert shown.endswith(r'：{"seq": oops \x1b[2J\xff')
        assert "\x1b" not in shown
        (tmp_path / "mended").write_bytes(encode_entry(2, datetime.now(CHINA), checkin("b")))
        race = [office.spawn("quarantine", "replay", "1", "--line", str(tmp_path / "mended")) for _ in range(4)]
        assert sorted(process.wait(60) for process in race) == [0, 2, 2, 2]
        assert "原文留着" in office.run("quarantine", "drop", "2", "--why", "测试")
        for arguments, words in (
            (["replay", "1"], "已经处理过"), (["drop", "9", "--why", "x"], "没有编号为 9"), (["show", "9"], "没有编号"),
            (["replay", "1", "--line", str(tmp_path / "none")], "读不了"),
        ):
            with pytest.raises(RuntimeError, match=words):
                office.run("quarantine", *arguments)
        assert office.run("quarantine", "list") == ""
        assert len(office.run("quarantine", "list", "--all").splitlines()) == 2
        assert office.rows("SELECT sum(visits) FROM visits_dailycount") == [(2,)]
        assert [event.seq for event in office.events()] == [1, 2]


@pytest.fixture
def office(tmp_path: Path, make_database: Callable[[], str]) -> Iterator[LiveOffice]:
    with LiveOffice(tmp_path / "office", database_url=make_database(), example=True) as office:
        yield office


def tables(office: LiveOffice) -> dict[str, list[str]]:
    return {
        table: sorted(map(repr, office.rows(f"SELECT {columns} FROM {table}"))) for table, columns in TABLES.items()
    }


def test_killed_in_the_middle_of_an_office_that_serves_and_run_again_all_is_right(office: LiveOffice) -> None:
    random = Random(4)
    stations = [station_of(office, station) for station in ("330502-01", "330211-01", "650102-01")]
    for station in stations:
        for _ in range(2):
            events = a_busy_day(random, tries(300))
            lines = [station.line(event, at=AT + timedelta(seconds=place)) for place, event in enumerate(events)]
            assert station.sync(lines).receipt.head == station.next_seq - 1
    office.wait_until_projected(60)
    before = tables(office)
    for kill_after_s in (0.3, 0.5, 0.8):
        rebuilding = office.spawn("rebuild")
        deadline = time.monotonic() + kill_after_s
        while time.monotonic() < deadline and rebuilding.poll() is None:
            assert stations[0].sync([stations[0].line(CheckinUndone(checkin="never"))]).status == 200
        rebuilding.kill()
        rebuilding.wait()
    words = office.run("rebuild")
    assert "统计已全部重算" in words
    office.wait_until_projected(60)
    after = tables(office)
    told = {row for row in after["visits_checkin"] if "'never'" in row}
    assert len(told) == 1
    after["visits_checkin"] = [row for row in after["visits_checkin"] if row not in told]
    assert after == before
    assert office.stop() == 0
