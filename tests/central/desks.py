"""A doctor's page and a worker's page in little, in real browsers."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, Page

from .calls import WAIT_S
from .live import LiveOffice

# A worker's page in little: a picture drawn by hand, the line, and the call that both sides share.
WORKER = """async ({call, token}) => {
  const { Call } = await import("/static/page/call.js");
  const canvas = Object.assign(document.createElement("canvas"), {width: 640, height: 360});
  const pen = canvas.getContext("2d");
  let turn = 0;
  setInterval(() => { pen.fillStyle = turn++ % 2 ? "#17795B" : "#1a8363"; pen.fillRect(0, 0, 640, 360); }, 50);
  const local = canvas.captureStream(20);
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/api/v1/consultations/line");
  socket.onopen = () => socket.send(JSON.stringify({kind: "hello", call, token}));
  const send = (data) => socket.send(JSON.stringify({kind: "signal", data}));
  socket.onmessage = ({data}) => {
    const said = JSON.parse(data);
    window.state = said.kind === "state" ? said.state : window.state;
    if (said.kind === "signal") window.call?.receive(said.data);
    else if (said.state === "talking") {
      window.call ??= new Call({polite: true, ice: said.ice, send, local, onremote: (one) => (window.remote = one)});
    }
  };
}"""


def page_of(browser: Browser, office: LiveOffice, cookie: str, complaints: list[str] | None = None) -> Page:
    """A page at the desk's size, with the session of a doctor."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": office.url}])
    page = context.new_page()
    if complaints is not None:
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
    return page


def frames(page: Page, call: str) -> Callable[[], bool]:
    """Whether pictures of the other side are being decoded."""
    return lambda: (page.evaluate(f"async () => (await {call})?.frames ?? 0")) > 3


def wait_for(page: Page, what: Callable[[], bool], about: str) -> None:
    for _ in range(WAIT_S * 10):
        if what():
            return
        page.wait_for_timeout(100)
    raise AssertionError(about)
