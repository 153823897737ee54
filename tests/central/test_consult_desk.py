"""The doctor's desk in a browser, by keyboard alone, with a worker's browser at the other end."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sync.central.consult.models import Consultation, Doctor, NoteVersion, State
from sync.central.consult.treating import note_treatment
from sync.protocol.calls import Place

from .calls import WAIT_S, Worker, add_doctors, ask_for, new_call, place_of, send_to
from .conftest import make_station
from .desks import WORKER, frames, page_of, wait_for
from .live import LiveOffice, station_of

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=fps=15",
    "--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns",
]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    office = LiveOffice(tmp_path_factory.mktemp("office"), projector=False)
    office.add_station("330502-01")
    with office:
        yield office


@pytest.fixture(scope="module")
def cookies(office: LiveOffice) -> list[str]:
    return add_doctors(office, "王", "李")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=WAIT_S * 1_000)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def go_home(page: Page) -> None:
    """Off duty, at once: a page that is only closed is on duty for some seconds more."""
    if page.locator("#duty").get_attribute("aria-checked") == "true":
        page.keyboard.press("Alt+s")
    expect(page.locator("#duty")).to_contain_text("现在休息")
    page.context.close()


def begin(office: LiveOffice) -> Place:
    return place_of(ask_for(send_to(office), station_of(office, "330502-01"), new_call(), "head", "fever"))


def answer(page: Page, worker: Page, place: Place) -> None:
    """A ring, by the keyboard, until both see each other."""
    worker.evaluate(WORKER, {"call": place.call, "token": place.token})
    expect(page.locator("#ring")).to_contain_text("头痛头晕、发烧")
    expect(page.locator("#ring-time")).to_contain_text("秒后转给下一位")
    assert page.evaluate("document.activeElement.id") == "accept"
    page.keyboard.press("Alt+j")
    wait_for(page, frames(page, "document.getElementById('desk').stats()"), "the worker's face")
    wait_for(worker, frames(worker, "window.call.stats()"), "the doctor's face")
    expect(page.locator("#cover")).to_be_hidden()
    expect(page.locator("#to")).to_contain_text("没有别的医生在班")


def write(page: Page) -> None:
    """Notes that are kept as they are typed, and that say where nothing more goes in."""
    page.keyboard.press("Alt+b")
    page.keyboard.type("头疼三天")
    expect(page.locator("#kept")).to_contain_text(re.compile(r"已保存 \d\d:\d\d"))
    full = page.locator("[name=advice] + .hint")
    expect(full).to_be_hidden()
    page.locator("[name=advice]").fill("歇" * int(page.locator("[name=advice]").get_attribute("maxlength") or 0))
    expect(full).to_be_visible()
    page.locator("[name=advice]").fill("多喝水")
    expect(full).to_be_hidden()


def hand_over(page: Page, other: Page) -> None:
    """The other doctor goes on with the call; the first has notes to write, and nothing rings."""
    other.keyboard.press("Alt+s")
    expect(page.locator("#to")).to_contain_text("李")
    page.keyboard.press("Alt+z")
    page.keyboard.press("Alt+z")
    expect(other.locator("#ring-title")).to_contain_text("王 请您接着看")
    other.keyboard.press("Alt+j")
    wait_for(other, frames(other, "document.getElementById('desk').stats()"), "the worker's face at the other doctor")
    expect(page.locator("#stage")).to_be_hidden()
    expect(page.locator("#pause-time")).to_contain_text("写病历时不响铃")
    expect(page.locator("#done")).to_be_visible()
    expect(page.locator("#ready")).to_be_hidden()


@pytest.mark.slow
def test_a_doctor_needs_the_keyboard_only(office: LiveOffice, cookies: list[str], browser: Browser) -> None:
    complaints: list[str] = []
    page = page_of(browser, office, cookies[0], complaints)
    page.goto(f"{office.url}/desk/")
    page.keyboard.press("Alt+s")
    expect(page.locator("#duty")).to_contain_text("正在上班")
    place = begin(office)
    worker = page_of(browser, office, cookies[1])
    worker.goto(f"{office.url}/login/?next=/overview/live")
    answer(page, worker, place)
    page.keyboard.press("Alt+m")
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")
    write(page)
    page.reload()
    expect(page.locator("[name=complaint]")).to_have_value("头疼三天")
    wait_for(page, frames(page, "document.getElementById('desk').stats()"), "the worker's face again")
    other = page_of(browser, office, cookies[1])
    other.goto(f"{office.url}/desk/")
    hand_over(page, other)
    other.keyboard.press("Alt+g")
    expect(other.locator("#stage")).to_be_hidden()
    go_home(other)
    wait_for(worker, lambda: worker.evaluate("window.state") == "ended", "the end")
    page.keyboard.press("Alt+w")
    expect(page.locator("#notes-card")).to_be_hidden()
    expect(page.locator("#pause")).to_be_hidden()
    assert complaints == []
    go_home(page)
    worker.context.close()


NO_DEVICES = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotFoundError'))"
DRAWN = """async () => {
  const { drawnDevices } = await import("/static/consult/drawn.js");
  const stream = drawnDevices();
  const video = Object.assign(document.createElement("video"), {muted: true, srcObject: stream});
  await video.play();
  const kinds = stream.getTracks().map((one) => one.kind).sort();
  for (const track of stream.getTracks()) track.stop();
  return [video.videoWidth, kinds];
}"""
# Shares of packets lost, so many times each; then the level.
LADDER = """async (steps) => {
  const { Ladder } = await import("/static/page/call.js");
  const ladder = new Ladder();
  return steps.map(([loss, times]) => { for (let n = 0; n < times; n++) ladder.take(loss); return ladder.level; });
}"""


def test_less_is_sent_when_packets_are_lost_and_more_again_later(office: LiveOffice, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{office.url}/login/")
    steps = [[0, 100], [0.3, 1], [0, 3], [0.3, 5], [0.1, 20], [0.4, 5], [0.4, 50], [0, 9], [0, 4], [0, 30]]
    assert page.evaluate(LADDER, steps) == [
        "video720", "video720", "video720", "video360", "video360",
        "sound", "sound", "sound", "video360", "video720",
    ]
    page.close()


@pytest.mark.slow
def test_it_fits_a_phone_and_says_what_is_wrong(office: LiveOffice, cookies: list[str], browser: Browser) -> None:
    page = page_of(browser, office, cookies[1])
    page.add_init_script(NO_DEVICES)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{office.url}/desk/")
    page.click("#duty")
    expect(page.locator("#device")).to_contain_text("没有找到摄像头或麦克风")
    expect(page.locator("#duty")).to_contain_text("现在休息")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    other = page_of(browser, office, cookies[1])
    other.goto(f"{office.url}/desk/")
    expect(page.locator("#elsewhere")).to_be_visible()
    page.context.close()
    other.context.close()


def test_a_demonstration_needs_no_camera(office: LiveOffice, cookies: list[str], browser: Browser) -> None:
    page = page_of(browser, office, cookies[0])
    page.add_init_script(NO_DEVICES)
    page.add_init_script(
        "document.addEventListener('readystatechange', () => document.getElementById('desk').dataset.drawn = '')"
    )
    page.goto(f"{office.url}/desk/")
    page.click("#duty")
    expect(page.locator("#duty")).to_contain_text("正在上班")
    assert page.evaluate(DRAWN) == [640, ["audio", "video"]]
    go_home(page)


@pytest.mark.slow
def test_a_line_that_was_lost_comes_back_on_duty(office: LiveOffice, cookies: list[str], browser: Browser) -> None:
    page = page_of(browser, office, cookies[0])
    page.goto(f"{office.url}/desk/")
    page.click("#duty")
    expect(page.locator("#duty")).to_contain_text("正在上班")
    office.stop()
    expect(page.locator("#lost")).to_be_visible(timeout=60_000)
    office.start()
    expect(page.locator("#lost")).to_be_hidden(timeout=60_000)
    expect(page.locator("#colleagues")).to_contain_text("王（您）")
    with contextlib.closing(Worker(office, begin(office))) as worker:
        expect(page.locator("#ring")).to_be_visible(timeout=60_000)
        expect(page).to_have_title(re.compile("来电"))
        page.click("#decline")
        worker.say("leave")
        worker.until("ended")
    go_home(page)


@pytest.fixture
def call(db: None) -> Consultation:
    user = User.objects.create_user("wang")
    doctor = Doctor.objects.create(user=user, name="王", licence="110")
    now = timezone.now()
    call = Consultation.objects.create(
        call=new_call(), station=make_station(), state=State.TALKING, doctor=doctor, asked_at=now, accepted_at=now
    )
    note_treatment(call.call, doctor.pk, now)
    return call


def logged_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def test_notes_are_kept_by_the_doctor_who_treats(call: Consultation) -> None:
    client, address = logged_in("wang"), f"/desk/{call.call}/notes"
    assert client.get(address).json() == {"version": None, "by": "", "notes": {}}
    answer = client.post(address, {"notes": {"advice": "多喝水"}, "based_on": None}, "application/json")
    assert answer.status_code == 200
    version = answer.json()["version"]
    assert client.get(address).json() == {"version": version, "by": "王", "notes": {"advice": "多喝水"}}
    assert client.post(address, b"[1]", "application/json").status_code == 400
    assert client.post(address, {"notes": {"advice": "x" * 5_000}}, "application/json").status_code == 400
    assert client.get("/desk/none/notes").status_code == 404
    assert NoteVersion.objects.count() == 1


def test_the_desk_is_for_doctors_only(call: Consultation) -> None:
    User.objects.create_user("clerk")
    other = Doctor.objects.create(user=User.objects.create_user("li"), name="李", licence="111")
    assert logged_in(other.user.get_username()).get(f"/desk/{call.call}/notes").status_code == 404
    answer = logged_in(other.user.get_username()).post(f"/desk/{call.call}/notes", {"notes": {}}, "application/json")
    assert (answer.status_code, answer.json()["words"]) == (403, "只有接诊的医生可以写这份病历")
    clerk = logged_in("clerk")
    for address in ("/desk/", "/desk/call-backs", f"/desk/{call.call}/notes"):
        assert clerk.get(address).status_code == 403
    assert clerk.post(f"/desk/{call.call}/called-back").status_code == 403
    assert Client().get("/desk/").status_code == 302


def test_only_the_desk_may_use_a_camera(call: Consultation) -> None:
    client = logged_in("wang")
    assert client.get("/desk/")["Permissions-Policy"].startswith("camera=(self)")
    assert client.get("/desk/call-backs")["Permissions-Policy"].startswith("camera=()")


def test_who_was_called_back_is_off_the_list(call: Consultation) -> None:
    client = logged_in("wang")
    Consultation.objects.update(state=State.ENDED, ending="lost", call_back="wanted")
    assert "衣裳街" in client.get("/desk/call-backs").content.decode()
    assert client.post(f"/desk/{call.call}/called-back").status_code == 204
    assert "没有要回电的" in client.get("/desk/call-backs").content.decode()
