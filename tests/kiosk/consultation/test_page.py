"""The call page in a real browser, from the mirror to the end, with a doctor in a second one; pictures of each step."""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.fake_desk import PATIENCE_S, FakeDesk, wait_for
from tests.kiosk.consultation.conftest import Station

OUT = Path(os.environ.get("YIZHAN_SCREENSHOTS", "build/screenshots"))
SIZES = {"portrait": (1080, 1920), "landscape": (1920, 1080)}
TARGET_PX = 64
expect.set_options(timeout=PATIENCE_S * 1_000)


def shot(page: Page, name: str) -> None:
    """The page in both orientations; nothing to tap is small, and no word lies outside."""
    for orientation, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if OUT.name:    # empty where nobody will look
            path = OUT / orientation / f"consultation-page-{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(path))
        assert page.evaluate(_MEASURE, TARGET_PX) == []


_MEASURE = """(least) => {
  const wrong = [];
  const seen = (each) => each.checkVisibility() && each.getBoundingClientRect().width > 0;
  for (const button of document.querySelectorAll("button")) {
    if (!seen(button)) continue;
    const box = button.getBoundingClientRect();
    if (Math.min(box.width, box.height) < least) wrong.push(`${button.textContent.trim()}: ${box.width}×${box.height}`);
    if (button.scrollWidth > button.clientWidth + 1) wrong.push(`${button.textContent.trim()} is cut off`);
  }
  for (const each of document.querySelectorAll("h1, h2, p, span, strong, li, time")) {
    if (!seen(each) || !each.textContent.trim()) continue;
    const box = each.getBoundingClientRect();
    const over = box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1;
    if (over || each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display === "block")
      wrong.push(`${each.textContent.trim()}: ${Math.round(box.left)}, ${Math.round(box.top)}`);
  }
  for (const article of document.querySelectorAll("article"))
    if (seen(article) && article.scrollHeight > article.clientHeight + 1) wrong.push(`${article.className} is full`);
  return wrong;
}"""


def open_page(context: BrowserContext, station: Station) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda fault: station.faults.append(str(fault)))
    page.goto(station.page.url)
    station.greet()
    station.expect("phase", phase="mirror")
    return page


def wait_in_queue(context: BrowserContext, station: Station) -> Page:
    page = open_page(context, station)
    page.locator("#start").click()
    station.expect("ready")
    before = station.desk.hellos
    station.go()
    station.expect("phase", phase="queue")
    wait_for(lambda: station.desk.hellos > before)      # and not the line of an earlier page, which is still closing
    return page


def look_into_the_mirror(page: Page) -> None:
    """All that can be checked is, and it goes on."""
    expect(page.locator("#fake")).to_be_visible()
    expect(page.locator("#check-camera.good")).to_be_visible()
    expect(page.locator("#check-microphone.good")).to_be_visible()
    page.locator("#tone").click()
    expect(page.locator("#check-sound.good")).to_be_visible()
    shot(page, "1-mirror")
    page.locator("#start").click()


def test_from_the_mirror_to_the_end(context: BrowserContext, station: Station, desk: FakeDesk) -> None:
    page = open_page(context, station)
    look_into_the_mirror(page)
    station.expect("ready")
    shot(page, "2-asking")
    before = desk.hellos
    station.go()
    wait_for(lambda: desk.hellos > before)
    assert desk.heard[-1] == {"kind": "hello", "call": "C", "token": "T"}
    desk.queue(place=2, wait_s=180)
    expect(page.locator("#ahead")).to_have_text("您前面还有 1 位")
    shot(page, "3-queue")
    desk.ring()
    station.expect("phase", phase="ring")
    shot(page, "4-ring")
    doctor = context.new_page()
    doctor.goto(desk.url)
    wait_for(lambda: desk.has_doctor)
    desk.talk()
    station.expect("phase", phase="call")
    wait_for(lambda: doctor.evaluate("window.framesDecoded()") > 5)
    page.bring_to_front()
    wait_for(lambda: page.evaluate("document.getElementById('doctor').videoWidth"))
    expect(page.locator("#doctor-licence")).to_have_text("执业证号 110330500012345")
    shot(page, "5-call")
    descriptions = [said["description"]["type"] for said in desk.signals if "description" in said]
    assert descriptions == ["answer"], "an offer taken back may leave the browser without addresses"
    page.locator("#mute").click()
    expect(page.locator("#mute-words")).to_have_text("恢复声音")
    station.page.say("beat", n=7)
    assert station.expect("beat", n=7).phase == "call"
    hellos = desk.hellos
    desk.cut()
    expect(page.locator("#reconnecting")).to_be_visible()
    shot(page, "6-reconnecting")
    wait_for(lambda: desk.hellos > hellos and desk.is_waited_at)
    desk.talk()
    expect(page.locator("#reconnecting")).to_be_hidden()
    page.locator("#hang-up").click()
    assert station.expect("ended").ending == "talked"
    assert station.faults == []


def test_who_touches_nothing_is_asked_and_then_leaves(context: BrowserContext, station: Station) -> None:
    station.hello["patience"] = {"mirror": 60, "queue": 1, "ring": 60}
    page = wait_in_queue(context, station)
    expect(page.locator("#still-there")).to_be_visible()
    shot(page, "7-still_there")
    page.locator("#here").click()
    expect(page.locator("#still-there")).to_be_hidden()
    station.expect("touched")
    station.hello["patience"] = {}
    page.locator("#leave").click(force=True)
    station.expect("leave")


def test_a_talk_may_be_chosen_while_waiting(context: BrowserContext, station: Station) -> None:
    station.hello["talks"] = [
        {"talk": "back", "title": "腰痛怎么办", "minutes": 6}, {"talk": "heat", "title": "夏天防中暑", "minutes": 4},
    ]
    page = wait_in_queue(context, station)
    page.locator("#watch").click()
    shot(page, "8-talks")
    page.get_by_text("夏天防中暑").click()
    assert station.expect("watch").talk == "heat"
    station.page.say("watching", on=True)
    expect(page.locator("#watching")).to_be_visible()
    shot(page, "9-watching")
    page.locator("#watching-stop").click()
    assert station.expect("watch").talk == ""


@pytest.mark.parametrize(("ending", "code"), [("no-doctor", 0), ("cancelled", 0), ("refused", 4401)])
def test_the_office_ends_it(
    context: BrowserContext, station: Station, desk: FakeDesk, ending: str, code: int
) -> None:
    wait_in_queue(context, station)
    if code:
        desk.cut(code)
    else:
        desk.end(ending)
    assert station.expect("ended").ending == ending


def test_only_the_one_who_knows_the_address_finds_anything(station: Station) -> None:
    def status(url: str, **headers: str) -> int:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as refused:
            refused.close()
            return int(refused.code)

    page = station.page
    assert status(page.url) == 200
    assert status(page.origin) == 404
    assert status(f"{page.origin}/{'x' * 32}/") == 404
    assert status(f"{page.url}../page.js") == 404
    assert status(f"{page.url}page.py") == 404
    assert status(f"{page.url}%2e%2e/service.py") == 404
    assert status(page.url, Host="evil.example") == 404
    assert status(re.sub("127.0.0.1", "localhost", page.url)) == 404


def test_a_kiosk_that_breaks_has_not_hung_up(context: BrowserContext, station: Station, desk: FakeDesk) -> None:
    wait_in_queue(context, station)
    station.page.close()
    wait_for(lambda: desk.heard[-1] == {"kind": "lost"})


def test_a_kiosk_that_breaks_while_the_line_opens_has_not_hung_up(
    context: BrowserContext, station: Station, desk: FakeDesk
) -> None:
    page = open_page(context, station)
    page.locator("#start").click()
    station.expect("ready")
    desk.holds_back = True
    station.go()
    station.expect("phase", phase="queue")
    station.page.close()
    desk.holds_back = False
    wait_for(lambda: desk.heard[-1:] == [{"kind": "lost"}])
