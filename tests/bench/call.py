"""`make bench-call`: how soon a doctor is seen, how soon the kiosk is itself again, and what a call costs.

The office serves, the kiosk runs as its own process with the real browser, taps are X events, and the doctor sits in a
second browser. The peer is two bare pages on loopback that do nothing but connect. `face` is from the moment the doctor
accepts, or the bare page offers, with both cameras open; `launch-face` adds what it takes from the start of the
browser until its camera is open, without the time that people take. QUICK=1 takes a small sample.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psutil
from playwright.sync_api import Browser, Page

from tests.bench.table import IS_QUICK, Row, Table, percentile
from tests.calls.long.line import Line
from tests.calls.long.spaces import a_line
from tests.calls.pictures import is_blue
from tests.calls.scripts import DECODED, remember_peers
from tests.calls.station import Station, wait_until
from tests.calls.town import Town, open_town
from tests.sync.faults.netns import NoLine

TIMES = 5 if IS_QUICK else 20
CUT_S = 5
COST_S = 5 if IS_QUICK else 20
FACE = (270, 250)       # of the screen: the doctor's picture, or the kiosk's own
BARE = "two bare pages"
MB = 1024 * 1024
# The time, in ms since 1970, at which something was first so.
_RINGS = """() => { window.rang = null; const timer = setInterval(() => {
  if (!document.getElementById("ring").hidden) { window.rang = Date.now(); clearInterval(timer); } }, 5); }"""
_FIRST = f"""(() => {{ window.first = null; const timer = setInterval(async () => {{
  if (await {DECODED} > 0 && window.first === null) {{ window.first = Date.now(); clearInterval(timer); }} }}, 10);
  return true; }})()"""
_OPEN = """async () => { window.local = await navigator.mediaDevices.getUserMedia({video: true, audio: true}); }"""
_OFFER = """async () => { const peer = new RTCPeerConnection();
  for (const track of local.getTracks()) peer.addTrack(track, local);
  await peer.setLocalDescription(); await new Promise((done) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done(); });
  window.peers = [peer]; return peer.localDescription.toJSON(); }"""
_ANSWER = """async (offer) => { const peer = new RTCPeerConnection(); window.peers = [peer];
  await peer.setRemoteDescription(offer);
  for (const track of local.getTracks()) peer.addTrack(track, local);
  await peer.setLocalDescription(); await new Promise((done) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done(); });
  return peer.localDescription.toJSON(); }"""


def now_ms() -> float:
    """As the pages count."""
    return time.time() * 1_000


def bare(town: Town) -> tuple[float, float]:
    """Two browsers launched, a page and a camera each: until the first frame, from the launch and the offer; ms."""
    begun = now_ms()
    with ExitStack() as stack:
        pages: list[Page] = []
        for _ in range(2):
            browser: Browser = town.launch()
            stack.callback(browser.close)
            pages.append(browser.new_page())
            pages[-1].route("**", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
            pages[-1].goto("http://127.0.0.1:9/")
            pages[-1].evaluate(_OPEN)
        one, other = pages
        offered = now_ms()
        offer = one.evaluate(_OFFER)
        one.evaluate(_FIRST)
        answer = other.evaluate(_ANSWER, offer)
        one.evaluate("async (answer) => { await window.peers[0].setRemoteDescription(answer); }", answer)
        one.wait_for_function("window.first")
        first = float(one.evaluate("window.first"))
    return first - begun, first - offered


class Times(NamedTuple):
    """Of one call, in ms."""

    camera: float       # the browser's start to its camera
    ring: float         # tap to ring
    face: float         # accept to the doctor's first frame
    home: float         # hang-up to the kiosk's own screen


def one_call(town: Town) -> Times:
    """From home to home."""
    station, desk = town.station, town.desk
    station.open_window()
    wait_until(lambda: station.page("!document.getElementById('start').disabled"), "no camera")
    camera = now_ms() - psutil.Process(station.screen["browser"]).create_time() * 1_000
    station.page(remember_peers())
    station.page(_FIRST)
    desk.page.evaluate(_RINGS)
    station.tap_page("start")
    ring = float(wait_until(lambda: desk.page.evaluate("window.rang"), "no ring")) - station.touched_ms
    begun = now_ms()
    desk.answer()
    first = float(wait_until(lambda: station.page("window.first"), "no face"))
    wait_until(lambda: is_blue(station.eye.pixel(*FACE)), "no picture")
    hung_up_s = time.monotonic()
    desk.hang_up()
    home_s = station.eye.wait_until(lambda colour: not is_blue(colour), *FACE)
    station.shows("consult_ended")
    town.is_idle()
    station.tap("完成")
    station.shows("home")
    return Times(camera, ring, first - begun, (home_s - hung_up_s) * 1_000)


def cost(station: Station) -> list[Row]:
    """The call window's processes, in a call."""
    family = station.browsers()
    before = sum(_cpu_s(one) for one in family)
    time.sleep(COST_S)
    used = (sum(_cpu_s(one) for one in family) - before) / COST_S * 100
    memory = sum(one.memory_full_info().pss for one in family) / MB
    return [Row("call-cpu-pct", used, "%", 1), Row("call-memory-mb", memory, "MB", 1)]


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def both(what: str, ours: Sequence[float], peer: Sequence[float] = ()) -> list[Row]:
    """Median and p95, beside the peer's."""
    rows: list[Row] = []
    for percent in (50, 95):
        beside = percentile(peer, percent) if peer else None
        name = BARE if peer else ""
        rows.append(Row(f"{what}-p{percent}-ms", percentile(ours, percent), "ms", len(ours), name, beside))
    return rows


def reconnect(table: Table) -> None:
    """A line of its own is cut; in a process that is in the office's namespace."""
    table.begin(f"{TIMES} cuts of {CUT_S} s", 20 + TIMES * (CUT_S + 3))
    try:
        with a_line() as (before, environment):
            done = subprocess.run(
                [*before, sys.executable, "-m", "tests.bench.call", "cuts"], env={**os.environ, **environment},
                capture_output=True, text=True, check=False,
            )
    except NoLine as missing:
        print(f"bench: no cuts: {missing}", flush=True)
        return
    if done.returncode:
        raise SystemExit(done.stderr[-2_000:])
    table.add(*both("reconnect-5s-cut", json.loads(done.stdout.splitlines()[-1])))


def cuts() -> list[float]:
    """From the line's return until the doctor moves again; ms."""
    line, found = Line(), []
    with tempfile.TemporaryDirectory() as name:
        try:
            with open_town(Path(name), within=line.within, host="0.0.0.0", before=line.lay) as town:
                town.talk()
                for _ in range(TIMES):
                    line.lose(1)
                    time.sleep(CUT_S)
                    was = town.station.decoded()
                    line.lose(0)
                    begun = time.monotonic()
                    wait_until(lambda was=was: town.station.decoded() not in (0, was), "no picture again")
                    found.append((time.monotonic() - begun) * 1_000)
                    town.both_see()
        finally:
            line.close()
    return found


def measure(table: Table, folder: Path) -> None:
    """Everything."""
    table.begin("setting up an office, a station and a desk", 15)
    with open_town(folder) as town:
        table.begin(f"{TIMES} times two bare pages", TIMES * 4)
        launched, offered = zip(*(bare(town) for _ in range(TIMES)), strict=True)
        table.begin(f"{TIMES} calls", TIMES * 8)
        calls = [one_call(town) for _ in range(TIMES)]
        table.add(*both("ring", [call.ring for call in calls]), *both("face", [call.face for call in calls], offered))
        table.add(*both("launch-face", [call.camera + call.face for call in calls], launched))
        table.add(*both("home", [call.home for call in calls]))
        table.begin("what a call costs", COST_S + 8)
        town.talk()
        table.add(*cost(town.station))
        town.desk.hang_up()
        town.is_idle()
    reconnect(table)


def main(arguments: Sequence[str]) -> None:
    """Run the bench and print its table; `cuts` is its part in a namespace."""
    if arguments == ["cuts"]:
        print(json.dumps(cuts()))
        return
    with Table("call") as table, tempfile.TemporaryDirectory(prefix="yizhan-bench-") as name:
        measure(table, Path(name))


if __name__ == "__main__":
    main(sys.argv[1:])
