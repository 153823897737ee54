"""What stations ask over HTTP: a place in the queue, and how a call stands."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Final, cast

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from sync.central.core.models import Station
from sync.central.core.refusals import Refused
from sync.protocol import calls, limits
from sync.protocol.calls import LINE_PATH, Asked, CallState, GivenUp, Place
from sync.protocol.limits import as_key

from . import notes, sharing
from .ice import ice_servers
from .models import Consultation, State
from .provider import find_provider, page_of
from .switchboard import switchboard

_TOKEN: Final = "sync.central.consult.token"  # noqa: S105  # a salt


def ask(station: Station, asked: Asked, now: datetime) -> Place:
    """A place in the queue, the same one for the same call; raises Refused."""
    provider = find_provider()
    if provider is not None:
        page = page_of(provider, station.id, asked.call, asked.language, now.timestamp())
        return Place(asked.call, provider=page)
    row = Consultation.objects.filter(pk=asked.call).first() or _begin(station, asked, now)
    if row.station_id != station.id:
        raise Refused("not-found")
    place = Consultation.objects.filter(state__in=[State.WAITING, State.RINGING], asked_at__lt=row.asked_at).count() + 1
    return Place(
        asked.call,
        token=token_of(asked.call),
        line=LINE_PATH,
        ice=ice_servers(asked.call, now.timestamp()),
        place=place,
        wait_s=switchboard.estimates.wait_s(place),
    )


def token_of(call: str) -> str:
    """What the call's page has to know; made anew, not kept."""
    digest = salted_hmac(_TOKEN, call, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> str:
    """How a token is kept."""
    return salted_hmac(f"{_TOKEN}.kept", token, algorithm="sha256").hexdigest()


def find_call(call: str, token: str) -> Consultation | None:
    """The call, if the token is its own; PermissionError if not."""
    row = Consultation.objects.filter(pk=call).select_related("station").first()
    if row is not None and not constant_time_compare(row.token, hash_of(token)):
        raise PermissionError
    return row


def state_of(station: Station, call: str, now: datetime) -> CallState:
    """How a call of this station stands; raises Refused."""
    row = Consultation.objects.filter(pk=call, station=station).first()
    if row is None:
        raise Refused("not-found")
    end = row.ended_at or now
    waited = (row.accepted_at or end) - row.asked_at
    talked_s = (end - row.accepted_at).total_seconds() if row.accepted_at else 0
    is_over = State(row.state) is State.ENDED and row.accepted_at is not None
    return CallState(
        state=cast("calls.State", row.state),
        ending=row.ending,
        waited_s=max(0, round(waited.total_seconds())),
        talked_s=max(0, round(talked_s)),
        share=_link(call, now) if is_over else "",
        advice=notes.advice_of(call) if is_over else "",
    )


def give_up(station: Station, call: str, given_up: GivenUp, now: datetime) -> CallState:
    """The station's side is over; how the call stood then. Raises Refused."""
    state = state_of(station, call, now)
    if state.state != "ended":
        switchboard.given_up(call, is_lost=given_up.is_lost)
    return state


def _link(call: str, now: datetime) -> str:
    path = sharing.make_share(call, now)
    return f"{settings.YIZHAN_URL}{path}" if path else ""


def _begin(station: Station, asked: Asked, now: datetime) -> Consultation:
    if not switchboard.is_open:
        raise Refused("no-doctor")
    sealed = notes.seal_complaint(asked.call, list(asked.complaint))
    with transaction.atomic():
        row, is_new = Consultation.objects.get_or_create(
            pk=asked.call,
            defaults={
                "station": station, "language": as_key(asked.language, limits.LANGUAGE_CHARS),
                "state": State.WAITING, "asked_at": now,
                "token": hash_of(token_of(asked.call)), "complaint": sealed,
            },
        )
    if is_new:
        earlier = Consultation.objects.exclude(state=State.ENDED).filter(station=station).exclude(pk=row.pk)
        switchboard.asked(row, list(earlier.values_list("pk", flat=True)))
    return row
