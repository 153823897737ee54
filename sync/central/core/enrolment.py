"""One-time codes, and stations that come with one."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.utils.crypto import salted_hmac

from sync.protocol.enrolment import EnrolmentCodeError, make_code, parse_code
from sync.protocol.wire import EnrolReply, EnrolRequest

from .command_key import public_command_key
from .models import EnrolmentCode, Event, Journal, Quarantine, Station
from .refusals import Refused
from .throttle import ENROLMENT, is_shut, note_failure

CODE_LIFETIME: Final = timedelta(hours=24)
logger = logging.getLogger(__name__)


@transaction.atomic
def issue_code(station: Station, now: datetime) -> str:
    """A new code for this station, shown once; an earlier unused one is void."""
    EnrolmentCode.objects.filter(station=station, used_at__isnull=True).delete()
    code = make_code()
    EnrolmentCode.objects.create(station=station, digest=_digest(code), expires_at=now + CODE_LIFETIME)
    logger.info("enrolment code issued for station %s", station.id)
    return code


def is_waiting(station: Station, code: str, now: datetime) -> bool:
    """Whether this is the station's code, and nobody has used it yet."""
    codes = EnrolmentCode.objects.filter(station=station, digest=_digest(code), used_at__isnull=True)
    return codes.filter(expires_at__gt=now).exists()


def enrol(request: EnrolRequest, visitor: str, now: datetime) -> EnrolReply:
    """Give the station's row the key that came with a good code; raises Refused.

    A used, an expired and a wrong code are answered alike.
    """
    if is_shut(ENROLMENT, visitor, now):
        raise Refused("enrol-rate")
    station = _spend_code(request, now)
    if station is None:
        note_failure(ENROLMENT, visitor, now)
        logger.warning("enrolment refused: bad code from %s", visitor)
        raise Refused("enrol-code")
    logger.info("station %s enrolled from %s, key %s…", station.id, visitor, station.public_key[:8])
    end = _end_of(request.previous)
    return EnrolReply(station.id, station.name, now, end.head, end.digest, public_command_key())


@transaction.atomic
def _spend_code(request: EnrolRequest, now: datetime) -> Station | None:
    try:
        digest = _digest(parse_code(request.code))
    except EnrolmentCodeError:
        return None
    code = EnrolmentCode.objects.select_for_update().filter(digest=digest).first()
    if code is None or code.expires_at <= now:
        return None
    station = Station.objects.select_for_update(no_key=True).get(pk=code.station_id)
    # The same key with the same code once more: our reply was lost on its way.
    if code.used_at is not None and (station.public_key != request.public_key or station.revoked_at is not None):
        return None
    code.used_at = now
    code.save(update_fields=["used_at"])
    station.public_key, station.install = request.public_key, request.install
    station.hardware = request.hardware.replace("\0", "")[:200]
    station.enrolled_at, station.revoked_at = now, None
    station.save()
    Journal.objects.get_or_create(station=station, epoch=request.epoch, defaults={"opened_at": now})
    return station


class _End(NamedTuple):
    """The last line stored of a journal."""

    head: int = 0
    digest: str = ""


def _end_of(epoch: str) -> _End:
    """How much of an earlier epoch is stored, so that the station carries none of it into the new one."""
    # The shortest: another station may have given a journal of its own the same name.
    journal = Journal.objects.filter(epoch=epoch).order_by("head").first()
    if journal is None or not journal.head:
        return _End()
    events = Event.objects.filter(journal=journal, seq=journal.head)
    aside = Quarantine.objects.filter(journal=journal, seq=journal.head, why=Quarantine.Why.REJECTED)
    digests = (*events.values_list("digest", flat=True), *aside.values_list("digest", flat=True))
    return _End(journal.head, digests[0] if digests else "")


def _digest(code: str) -> str:
    # Keyed: the code is short enough to be found from a plain hash in a stolen database.
    return salted_hmac("sync.central.enrolment", code, algorithm="sha256").hexdigest()


def revoke(station_id: str, now: datetime) -> bool:
    """Refuse this station's key from now on, and void its codes; False if there is no such station."""
    EnrolmentCode.objects.filter(station_id=station_id, used_at__isnull=True).delete()
    is_known = Station.objects.filter(pk=station_id).update(revoked_at=now) > 0
    if is_known:
        logger.info("station %s revoked", station_id)
    return is_known
