"""The stations' doors to consultations; signed."""

from __future__ import annotations

import re
from typing import Final

from django.utils import timezone

from sync.central.core.doors.messages import Request, Response, visitor_of
from sync.central.core.doors.opened import Door, Told, register
from sync.central.core.refusals import Refused
from sync.central.core.refusals import register as register_refusal
from sync.protocol import calls, wire

from .asking import ask, give_up, state_of
from .ice import ice_servers

_CALL: Final = re.compile(calls.CALL_ID)
_FRESH: Final = {"Cache-Control": "no-store"}


def ask_door(request: Request) -> Response:
    """POST /api/v1/consultations: a worker wants a doctor."""
    station = visitor_of(request)
    asked = wire.decode(calls.Asked, request.body)
    return Response(200, wire.encode(ask(station, asked, timezone.now())), headers=_FRESH)


def state_door(request: Request) -> Response:
    """GET /api/v1/consultations/ID: how it stands. POST: the station's side of it is over."""
    station = visitor_of(request)
    call = request.path.removeprefix(calls.STATE_PATH)
    if not _CALL.match(call):
        raise Refused("not-found")
    if request.method == "POST":
        state = give_up(station, call, wire.decode(calls.GivenUp, request.body), timezone.now())
    else:
        state = state_of(station, call, timezone.now())
    return Response(200, wire.encode(state), headers=_FRESH)


def ice_door(request: Request) -> Response:
    """GET /api/v1/consultations/ice: what a call's browser would be given, for a station that tries itself."""
    station = visitor_of(request)
    servers = calls.IceServers(ice_servers(station.id, timezone.now().timestamp()))
    return Response(200, wire.encode(servers), headers=_FRESH)


def open_doors() -> None:
    """Register them, and why they may refuse."""
    register_refusal("no-doctor", 409, "现在没有医生值班，请稍后再来")
    register(
        Door(calls.PATH, ("POST",), ask_door, calls.MAX_ASKED_BYTES),
        Told(
            "post", calls.PATH, "consult", "A worker wants a doctor: a place in the queue, or another provider's page",
            calls.Place, calls.Asked, ("no-doctor",),
        ),
    )
    register(
        Door(calls.ICE_PATH, ("GET",), ice_door),
        Told(
            "get", calls.ICE_PATH, "consult_ice", "STUN and TURN for a station that tries whether it could call",
            calls.IceServers,
        ),
    )
    register(
        Door(calls.STATE_PATH, ("GET", "POST"), state_door, calls.MAX_GIVEN_UP_BYTES),
        Told(
            "get", f"{calls.STATE_PATH}{{call}}", "consultation",
            "How a call stands, and at its end the doctor's words", calls.CallState,
            parameter="call", pattern=calls.CALL_ID,
        ),
        Told(
            "post", f"{calls.STATE_PATH}{{call}}", "consultation_over",
            "The station's side of a call is over: nobody need wait for it", calls.CallState, calls.GivenUp,
            parameter="call", pattern=calls.CALL_ID,
        ),
    )
