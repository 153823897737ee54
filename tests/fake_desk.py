"""An office that only knows calls: its two doors and the worker's line, answered as a test wants."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from uvicorn.protocols.utils import ClientDisconnected

from sync.protocol.calls import ICE_PATH, LINE_PATH
from sync.protocol.calls import PATH as CALLS_PATH
from tests.ports import free_port

PATIENCE_S = 60.0
_ENDINGS = {"leave": "left", "hang_up": "talked", "lost": "left"}
DOCTOR = {"name": "王晓云", "licence": "110330500012345", "title": "主治医师"}
_PAGE = """<!doctype html><title>doctor</title><video id="worker" autoplay playsinline muted></video>
<script type="module" src="/doctor.js"></script>"""
_SCRIPT = """
import { Call } from "/call.js";
const local = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
const line = new WebSocket(`ws://${location.host}/desk`);
let call = null;
const early = [];
line.onmessage = ({ data }) => {
  const said = JSON.parse(data);
  if (said.kind === "talk") {
    window.call = call = new Call({
      polite: false, ice: [], local, send: (data) => line.send(JSON.stringify({ data })),
      onremote: (stream) => (document.getElementById("worker").srcObject = stream),
      onlevel: () => undefined, onstate: () => undefined,
    });
    for (const data of early) call.receive(data);
  }
  if (said.kind === "signal") call ? call.receive(said.data) : early.push(said.data);
};
line.onopen = () => line.send(JSON.stringify({ ready: true }));
window.framesDecoded = async () => (call ? ((await call.stats()).frames ?? 0) : 0);
"""


class FakeDesk:
    """Serves on loopback in a thread; `asked` and `heard` are what came, `say` and `answer` what a test decides."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []       # bodies of POST
        self.heard: list[dict[str, Any]] = []       # of the worker's page, signals left out
        self.signals: list[dict[str, Any]] = []     # what it said to the doctor's
        self.headers: list[dict[str, str]] = []
        self.answer: tuple[int, dict[str, Any]] | None = None   # instead of taking the call
        self.state: dict[str, Any] = {"state": "waiting"}
        self.ice: list[dict[str, Any]] = []     # what a station is told that tries itself
        self.holds_back = False     # whether it lets a worker's line wait to be opened
        self.port = free_port()
        self._worker: Any = None
        self._doctor: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        config = uvicorn.Config(    # as the office is served
            self._app, host="127.0.0.1", port=self.port, log_level="critical", lifespan="off", interface="asgi3",
            ws="websockets-sansio", timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """The office's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_waited_at(self) -> bool:
        """Whether a worker's page is on the line."""
        return self._worker is not None

    @property
    def hellos(self) -> int:
        """How often a worker's page has come on the line."""
        return sum(said["kind"] == "hello" for said in self.heard)

    @property
    def has_doctor(self) -> bool:
        """Whether a doctor's page is there."""
        return self._doctor is not None

    def __enter__(self) -> FakeDesk:
        self._thread.start()
        wait_for(lambda: self._server.started)
        return self

    def __exit__(self, *_fault: object) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)

    def say(self, kind: str, **fields: Any) -> None:
        """Say something to the worker's page."""
        self._tell(self._worker, {"kind": kind, **fields})

    def queue(self, place: int = 1, wait_s: int = 120) -> None:
        """The worker waits."""
        self.say("state", state="waiting", place=place, wait_s=wait_s, doctor=None, ice=[], ending="")

    def ring(self) -> None:
        """A doctor is rung."""
        self.say("state", state="ringing", place=1, wait_s=0, doctor=None, ice=[], ending="")

    def talk(self) -> None:
        """The doctor has accepted."""
        again = self.state["state"] == "talking"
        self.state = {"state": "talking", "waited_s": 3}
        self.say("state", state="talking", place=0, wait_s=0, doctor=DOCTOR, ice=[], ending="")
        if self._doctor is not None and not again:
            self._tell(self._doctor, {"kind": "talk"})

    def end(self, ending: str, **fields: Any) -> None:
        """It is over, and GET says so too."""
        self.state = {"state": "ended", "ending": ending, "waited_s": 3, "talked_s": 0, "advice": "", "share": ""}
        self.state.update(fields)
        if self._worker is not None:
            self.say("state", state="ended", place=0, wait_s=0, doctor=None, ice=[], ending=ending)

    def cut(self, code: int = 1012) -> None:
        """The worker's line breaks; one that a slow machine has lost by itself comes again first."""
        wait_for(lambda: self._cut(code))

    def _cut(self, code: int) -> bool:
        worker, loop = self._worker, self._loop
        if worker is None or loop is None:
            return False
        try:
            asyncio.run_coroutine_threadsafe(worker({"type": "websocket.close", "code": code}), loop).result(10)
        except ClientDisconnected:
            return False
        return True

    def _run(self) -> None:
        self._server.run()

    def _tell(self, line: Any, said: dict[str, Any]) -> None:
        if line is None or self._loop is None:
            raise RuntimeError("nobody is on the line")
        send = line({"type": "websocket.send", "text": json.dumps(said)})
        asyncio.run_coroutine_threadsafe(send, self._loop).result(10)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self._loop = asyncio.get_running_loop()
        path = scope["path"]
        if scope["type"] == "websocket":
            while self.holds_back:
                await asyncio.sleep(0.02)
            await send({"type": "websocket.accept"})
            await (self._worker_line(receive, send) if path == LINE_PATH else self._doctor_line(receive, send))
        elif scope["method"] == "POST" and path == CALLS_PATH:
            self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
            await _respond(send, *self._take(json.loads((await receive())["body"])))
        elif path == ICE_PATH:
            await _respond(send, 200, {"ice": self.ice})
        elif path.startswith(f"{CALLS_PATH}/"):
            await _respond(send, 200, self.state)
        else:
            await self._file(path, send)

    def _take(self, question: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(question)
        if self.answer is not None:
            return self.answer
        return 200, {
            "call": question["call"], "token": "T", "line": LINE_PATH, "ice": [], "place": 2, "wait_s": 180,
        }

    async def _worker_line(self, receive: Any, send: Any) -> None:
        self._worker = send
        async for said in _messages(receive):
            if said["kind"] == "signal":
                self.signals.append(said["data"])
                if self._doctor is not None:
                    await self._doctor({"type": "websocket.send", "text": json.dumps(said)})
            else:
                self.heard.append(said)
            if said["kind"] in _ENDINGS:
                self.state = {
                    "state": "ended", "ending": _ENDINGS[said["kind"]], "waited_s": 3,
                    "talked_s": 0, **{key: value for key, value in self.state.items() if key in ("advice", "share")},
                }
                ended = {"kind": "state", "state": "ended", "ending": self.state["ending"]}
                await send({"type": "websocket.send", "text": json.dumps(ended)})
            if said["kind"] == "ping":
                await send({"type": "websocket.send", "text": '{"kind": "pong"}'})
        if self._worker is send:    # and not the line that came after it
            self._worker = None

    async def _doctor_line(self, receive: Any, send: Any) -> None:
        async for said in _messages(receive):
            if "ready" in said:
                self._doctor = send
            elif self._worker is not None:
                signal = {"kind": "signal", "data": said["data"]}
                await self._worker({"type": "websocket.send", "text": json.dumps(signal)})
        if self._doctor is send:
            self._doctor = None

    async def _file(self, path: str, send: Any) -> None:
        import sync.protocol

        if path == "/call.js":
            text, kind = (Path(sync.protocol.__file__).parent / "page" / "call.js").read_text(), "text/javascript"
        else:
            text, kind = (_SCRIPT, "text/javascript") if path == "/doctor.js" else (_PAGE, "text/html")
        await send({
            "type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())],
        })
        await send({"type": "http.response.body", "body": text.encode()})


async def _messages(receive: Any) -> Any:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        if message["type"] == "websocket.receive":
            yield json.loads(message["text"])


async def _respond(send: Any, status: int, body: dict[str, Any]) -> None:
    text = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def wait_for(claim: Callable[[], object], what: str = "") -> None:
    """Until the claim holds; raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_S
    while not claim():
        if time.monotonic() > deadline:
            raise TimeoutError(what or "it did not come about")
        time.sleep(0.02)


def netloc(url: str) -> str:
    """Host and port of an address."""
    return urlsplit(url).netloc
