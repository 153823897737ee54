"""The two sorts of lines, from the call's page and from the doctor's desk: who is it, and what do they want."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec
from channels.auth import get_user
from channels.sessions import CookieMiddleware, SessionMiddleware
from django.conf import settings
from django.db import DatabaseError
from django.http.request import validate_host

from sync.central.core.doors.opened import Lines, Scope, register_lines
from sync.central.office.security import drop_nul
from sync.protocol.calls import LINE_PATH

from . import keeping, said
from .asking import find_call
from .line import AGAIN, BAD_TOKEN, DONE, FORBIDDEN, NO_SUCH_CALL, UNREADABLE, Line, Receive, Send
from .models import Consultation, State
from .pieces import Call
from .switchboard import switchboard

DESK_PATH: Final = "/desk/line"
_HELLO_S: Final = 5.0
_PONG: Final = said.Pong()
_hello: Final = msgspec.json.Decoder(said.Hello)
_from_worker: Final = msgspec.json.Decoder(said.FromWorker)
_from_desk: Final = msgspec.json.Decoder(said.FromDesk)


async def worker_line(_scope: Scope, receive: Receive, send: Send) -> None:
    """A call's page: its first words say which call, and prove it."""
    await _with_line(receive, send, _hear_worker)


async def desk_line(scope: Scope, receive: Receive, send: Send) -> None:
    """A doctor's desk: the session of the office's pages, from the office's own pages only."""
    if not _is_own_origin(scope):
        await receive()
        await send({"type": "websocket.close"})
        return
    user: Any = await get_user(cast("Any", scope))

    async def hear(line: Line) -> None:
        if not user.is_authenticated:
            line.close(BAD_TOKEN)
            return
        who = (await switchboard.threads.read(lambda: keeping.doctors([user.pk]))).get(user.pk)
        if who is None:
            line.close(FORBIDDEN)
        else:
            await _hear_desk(line, who)

    await _with_line(receive, send, hear)


async def _with_line(receive: Receive, send: Send, hear: Callable[[Line], Awaitable[None]]) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    line = Line(receive, send)
    sending = asyncio.create_task(line.sending())
    try:
        await hear(line)
        async for _ in line.heard():    # closed by us: until the other side knows
            pass
    except DatabaseError:
        line.close(AGAIN)
    finally:
        line.close(DONE)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(sending, _HELLO_S)


async def _hear_worker(line: Line) -> None:
    row = await _greeted(line)
    if row is None:
        return
    if State(row.state) is State.ENDED:
        line.tell(said.WorkerState(state="ended", ending=row.ending))
        line.close(DONE)
        return
    call = row.call
    switchboard.worker_came(call, line)
    try:
        async for text in line.heard():
            try:
                _obey_worker(call, line, _from_worker.decode(text))
            except (msgspec.MsgspecError, RecursionError):
                line.close(UNREADABLE)
    finally:
        switchboard.worker_went(call, line)


async def _greeted(line: Line) -> Consultation | None:
    """The call whose page this is; else the line is closed."""
    text = await line.first(_HELLO_S)
    try:
        hello = _hello.decode(text or b"")
    except (msgspec.MsgspecError, RecursionError):
        line.close(BAD_TOKEN)
        return None
    try:
        row = await switchboard.threads.read(lambda: find_call(hello.call, hello.token))
    except PermissionError:
        line.close(BAD_TOKEN)
        return None
    if row is None:
        line.close(NO_SUCH_CALL)
    return row


def _obey_worker(call_id: str, line: Line, message: said.FromWorker) -> None:
    match message:
        case said.Signal():
            _to_desk(call_id, said.DeskRelay(call_id, message.data))
        case said.Quality():
            _to_desk(call_id, said.DeskQuality(call_id, message.level))
        case said.Leave() | said.HangUp():
            switchboard.do(lambda: switchboard.board.worker_ends(call_id, switchboard.now()))
        case said.Lost():
            switchboard.do(lambda: switchboard.board.worker_lost(call_id, switchboard.now()))
        case said.Ping():
            line.tell(_PONG)


async def _hear_desk(line: Line, who: keeping.Who) -> None:
    switchboard.desk_came(who, line)
    try:
        async for text in line.heard():
            try:
                _obey_desk(who.id, line, _from_desk.decode(text))
            except (msgspec.MsgspecError, RecursionError):
                line.close(UNREADABLE)
    finally:
        switchboard.desk_went(who.id, line)


def _obey_desk(doctor: int, line: Line, message: said.FromDesk) -> None:
    match message:
        case said.DeskSignal():
            _to_worker(_talk(message.call, doctor), said.Signal(message.data))
        case said.Quality():
            desk = switchboard.board.desks.get(doctor)
            _to_worker(switchboard.board.calls.get(desk.call or "") if desk else None, message)
        case said.Ping():
            line.tell(_PONG)
        case _:
            switchboard.do(lambda: _act(doctor, message), line, str(message.__struct_config__.tag))


def _act(doctor: int, message: said.FromDesk) -> None:
    board, now = switchboard.board, switchboard.now()
    match message:
        case said.Duty():
            board.duty(doctor, now, on=message.on)
        case said.Ready():
            board.ready(doctor, now)
        case said.Accept():
            board.accept(message.call, doctor, now)
        case said.Decline():
            board.decline(message.call, doctor, now)
        case said.Cancel():
            board.cancel(message.call, doctor, now)
        case said.DeskHangUp():
            board.doctor_ends(message.call, doctor, now)
        case said.HandOver():
            board.hand_over(message.call, doctor, message.to, now)
        case _:
            pass


def _talk(call_id: str, doctor: int) -> Call | None:
    call = switchboard.board.calls.get(call_id)
    return call if call is not None and call.phase == "talking" and call.doctor == doctor else None


def _to_worker(call: Call | None, message: msgspec.Struct) -> None:
    line = switchboard.workers.get(call.call) if call is not None else None
    if line is not None:
        line.tell(message)


def _to_desk(call_id: str, message: msgspec.Struct) -> None:
    call = switchboard.board.calls.get(call_id)
    if call is not None and call.phase == "talking":
        line = switchboard.desks.get(call.doctor or 0)
        if line is not None:
            line.tell(message)


def _is_own_origin(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    host, origin = headers.get(b"host", b"").decode("latin-1"), urlsplit(headers.get(b"origin", b"").decode("latin-1"))
    allowed = validate_host(host.rsplit(":", 1)[0] if not host.endswith("]") else host, settings.ALLOWED_HOSTS)
    schemes = {"https"} if settings.YIZHAN_URL.startswith("https:") else {"http", "https"}
    return allowed and origin.netloc == host and origin.scheme in schemes


def _known_cookies(line: Any) -> Any:       # Channels' middleware has no types  # noqa: ANN401
    """As on the pages: a cookie that no database can look up is none."""

    async def respond(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        await line({**scope, "cookies": drop_nul(scope["cookies"])}, receive, send)

    return respond


def open_lines() -> None:
    """Register both, and have the switchboard work for as long as the server does."""
    with_session: Any = CookieMiddleware(_known_cookies(SessionMiddleware(desk_line)))
    register_lines(Lines({LINE_PATH: worker_line, DESK_PATH: with_session}, switchboard.begin, switchboard.end))
