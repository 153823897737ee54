"""The line between station and office is cut for some time, or loses what it carries."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.protocol.events import ConsultationEnded
from tests.calls.long.line import Line
from tests.calls.scripts import HEARD
from tests.calls.station import wait_until
from tests.calls.town import Town, open_town

SLACK_S = 5.0       # on a busy machine
DARES_S = 150.0     # the longest patience of call.js's ladder, and some


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    line.lose(0)
    yield line
    line.lose(0)
    line.close()


@pytest.fixture
def town(tmp_path: Path, line: Line) -> Iterator[Town]:
    with open_town(tmp_path, within=line.within, host="0.0.0.0", before=line.lay) as town:
        yield town


@pytest.mark.parametrize("cut_s", [5, 30])
def test_a_cut_of_less_than_a_minute_ends_nothing(town: Town, line: Line, cut_s: int) -> None:
    town.talk()
    call = town.record().call
    line.lose(1)
    time.sleep(cut_s)
    line.lose(0)
    began_s = time.monotonic()
    town.both_see()
    print(f"both see each other again {time.monotonic() - began_s:.1f} s after a cut of {cut_s} s")
    wait_until(lambda: "正在重连" not in str(town.station.page("document.body.innerText")), "it still says so")
    town.desk.hang_up()
    town.station.shows("consult_ended")
    assert town.ends("talked").call == call
    town.is_idle()


def test_after_a_cut_of_90_s_both_were_told_and_the_line_brings_the_journal(town: Town, line: Line) -> None:
    town.talk()
    line.lose(1)
    began_s = time.monotonic()
    town.ends("lost", 90)
    town.station.shows("consult_failed", 60)
    assert "CONSULT-LOST" in town.station.screen["words"]
    rest_s = time.monotonic() - began_s
    print(f"both sides at rest {rest_s:.1f} s after the cut")
    assert rest_s < 60 + SLACK_S
    time.sleep(max(0.0, began_s + 90 - time.monotonic()))
    line.lose(0)
    town.is_idle()
    ended = wait_until(
        lambda: next((one for one in town.station.events() if isinstance(one, ConsultationEnded)), None), "the journal"
    )
    assert ended.how == "no-line"
    told = "SELECT count(*) FROM core_event WHERE kind = 'consultation.ended'"
    wait_until(lambda: town.office.rows(told)[0][0] == 1, "the office was not told")


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_line_that_loses_much_carries_the_voice(town: Town, line: Line, share: float) -> None:
    town.talk()
    line.lose(share)
    until_s, least = time.monotonic() + 45, 1_000_000
    while time.monotonic() < until_s:
        before = int(town.desk.page.evaluate(HEARD))
        town.desk.page.wait_for_timeout(5_000)
        least = min(least, int(town.desk.page.evaluate(HEARD)) - before)
    print(f"{share:.0%} lost: level {level(town)}, at least {least} packets of sound in 5 s of about 250")
    assert town.record().state == "talking"
    assert least > 250 * (1 - share) * 0.6
    line.lose(0)
    wait_until(lambda: level(town) != "sound", "the picture was not dared again", DARES_S)
    town.both_see()
    town.desk.hang_up()
    town.ends("talked")
    town.is_idle()


def level(town: Town) -> str:
    """What the desk sends by now."""
    return str(town.desk.page.evaluate("document.getElementById('desk').stats()")["level"])
