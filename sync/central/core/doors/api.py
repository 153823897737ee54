"""The stations' doors: who are you, what did you send, do it, say what happened."""

from __future__ import annotations

import logging
from typing import Final

import msgspec
from django.db import InterfaceError, InternalError, OperationalError
from django.utils import timezone

from sync.central.core.enrolment import enrol
from sync.central.core.exchange.exchange import exchange
from sync.central.core.refusals import Refused
from sync.protocol import wire
from sync.protocol.errors import TooLarge, WireError

from . import openapi
from .files import blob_door, snapshot_door
from .messages import Request, Response, refusal, signed_by
from .opened import Door, doors

_MAX_ENROL_BYTES: Final = 4_096
logger = logging.getLogger(__name__)


class _AnyHello(msgspec.Struct):
    v: int


def find_door(method: str, path: str, length: int | None) -> Door:
    """Whose request this is; raises Refused before a byte of the body is read. `length` None: not told."""
    door = next((door for door in (*_DOORS, *doors()) if door.leads_to(path)), None)
    if door is None:
        raise Refused("not-found")
    if method not in door.methods:
        raise Refused("method")
    if length is None:
        raise Refused("length")
    if length > door.max_body_bytes:
        raise Refused("too-large")
    return door


def answer(door: Door, request: Request) -> Response:
    """Do the door's work; whatever goes wrong has a code."""
    try:
        return door.work(request)
    except Refused as fault:
        return refusal(fault.reason)
    except TooLarge:
        return refusal("too-large")
    except WireError:
        return refusal("header")
    except (OperationalError, InterfaceError, InternalError) as fault:    # the last: a server become read-only
        logger.error("%s: database not available: %s", door.path, type(fault).__name__)
        return refusal("busy")
    except Exception:
        logger.exception("%s failed", door.path)
        return refusal("server")


def enrol_door(request: Request) -> Response:
    """POST /api/v1/enrol: a one-time code and a public key in, the station's id out."""
    try:
        wanted = wire.decode(wire.EnrolRequest, request.body)
    except WireError as cause:
        raise Refused("enrol-request") from cause
    reply = enrol(wanted, (request.visitor or "unknown")[:64], timezone.now())
    return Response(200, wire.encode(reply))


def sync_door(request: Request) -> Response:
    """POST /api/v1/sync: journal up, documents down; signed."""
    now = timezone.now()
    signed = signed_by(request)
    try:
        hello, lines = wire.unpack(request.body, wire.Hello)
    except WireError:
        _check_version(request.body)
        raise
    done = exchange(signed, hello, lines, now)
    return Response(200, wire.pack(done.receipt, done.documents), wire.CONTENT_TYPE)


def _check_version(body: bytes) -> None:
    """A hello that cannot be read may be of a version to come: its number is the one thing that stays."""
    hello, _ = wire.unpack(body, _AnyHello)
    if not wire.OLDEST_VERSION <= hello.v <= wire.VERSION:
        raise Refused("version", f"{hello.v}")


_DOORS: Final = (
    Door(wire.SYNC_PATH, ("POST",), sync_door, wire.MAX_BODY_BYTES),
    Door(wire.ENROL_PATH, ("POST",), enrol_door, _MAX_ENROL_BYTES),
    Door(wire.SNAPSHOT_PATH, ("GET",), snapshot_door),
    Door(wire.BLOB_PATH, ("GET",), blob_door),
    Door("/api/v1/openapi.json", ("GET", "HEAD"), openapi.openapi_door),
)
