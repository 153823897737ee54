"""Both sides of a call for tests: a station that asks, a worker's page and a doctor's desk as WebSocket clients."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from sync.protocol import calls, wire
from sync.protocol.calls import Asked, CallState, Place
from sync.protocol.signatures import sign

from .fake_station import FakeStation, Reply
from .live import LiveOffice
from .processes import ROOT

WAIT_S = 60
Sender = Callable[[str, str, bytes, Mapping[str, str]], Reply]


def new_call() -> str:
    return base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")


def signed(send: Sender, station: FakeStation, method: str, path: str, body: bytes = b"") -> Reply:
    """One request of a station."""
    headers = sign(
        station.key, station.id, method, f"http://office{path}", body,
        created=datetime.now(UTC), nonce=secrets.token_hex(12),
    )
    return send(method, path, body, headers)


def ask_for(send: Sender, station: FakeStation, call: str, *complaint: str) -> Reply:
    """What the office answers a station whose worker wants a doctor."""
    return signed(send, station, "POST", calls.PATH, wire.encode(Asked(call, complaint=complaint)))


def place_of(reply: Reply) -> Place:
    assert reply.status == 200, reply.body
    return wire.decode(Place, reply.body)


class Client:
    """One line to the office; what comes is kept until it is asked for."""

    def __init__(self, url: str, **headers: str) -> None:
        self._open = connect(url, additional_headers=headers, proxy=None, compression=None, close_timeout=1)
        self.line: ClientConnection = self._open.__enter__()
        self.seen: list[dict[str, Any]] = []

    def say(self, kind: str, **words: object) -> None:
        self.line.send(msgspec.json.encode({"kind": kind, **words}).decode())

    def wait(self, what: Callable[[dict[str, Any]], object], about: str = "") -> dict[str, Any]:
        """The next message that is so."""
        deadline = time.monotonic() + WAIT_S
        while True:
            message = msgspec.json.decode(self.line.recv(max(0.0, deadline - time.monotonic())))
            self.seen.append(message)
            if what(message):
                return message

    def code(self) -> int:
        """With what it is closed."""
        deadline = time.monotonic() + WAIT_S
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.seen.append(msgspec.json.decode(self.line.recv(max(0.0, deadline - time.monotonic()))))
        return self.line.close_code or 0

    def close(self) -> None:
        self._open.__exit__(None, None, None)


class Worker(Client):
    """The call's page at a station."""

    def __init__(self, office: LiveOffice, place: Place) -> None:
        super().__init__(office.url.replace("http", "ws") + calls.LINE_PATH)
        self.call = place.call
        self.say("hello", call=place.call, token=place.token)

    def until(self, state: str) -> dict[str, Any]:
        return self.wait(lambda said: said["kind"] == "state" and said["state"] == state)


class Desk(Client):
    """A doctor's desk."""

    def __init__(self, office: LiveOffice, cookies: str, origin: str = "") -> None:
        super().__init__(
            office.url.replace("http", "ws") + "/desk/line", Cookie=cookies, Origin=origin or office.url
        )

    def until(self, what: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        return self.wait(lambda said: said["kind"] == "desk" and what(said))

    def on_duty(self) -> Desk:
        self.say("duty", on=True)
        self.until(lambda said: said["on_duty"])
        return self

    def rings(self, call: str) -> dict[str, Any]:
        return self.until(lambda said: said["ringing"] and said["ringing"]["call"] == call)["ringing"]

    def takes(self, call: str) -> dict[str, Any]:
        self.say("accept", call=call)
        return self.until(lambda said: said["call"] and said["call"]["call"] == call)["call"]


def add_doctors(office: LiveOffice, *names: str) -> list[str]:
    """Users who are doctors; the cookies of each, as after a login."""
    environment = {**os.environ, "YIZHAN_CENTRAL_DATA": str(office.folder), "YIZHAN_DATABASE_URL": office.database_url}
    command = [sys.executable, "-m", "tests.central.doctors", *names]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return [f"sessionid={key}" for key in done.stdout.split()]


def send_to(office: LiveOffice) -> Sender:
    """Requests to an office that serves."""
    def send(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        request = Request(office.url + path, data=body or None, headers=dict(headers), method=method)
        try:
            with urlopen(request, timeout=WAIT_S) as response:
                return Reply(response.status, response.read())
        except HTTPError as refused:
            with refused:
                return Reply(refused.code, refused.read())

    return send


def state_of(send: Sender, station: FakeStation, call: str) -> CallState:
    """How a call stands, as the kiosk is told."""
    reply = signed(send, station, "GET", f"{calls.STATE_PATH}{call}")
    assert reply.status == 200, reply.body
    return wire.decode(CallState, reply.body)
