"""Doctors, workers' calls and people with roles, for tests of the consultation's records."""

from __future__ import annotations

import argparse
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.auth.models import User
from django.test import Client

from sync.central.commands import consult as commands
from sync.central.commands import run
from sync.central.consult.models import Consultation, Doctor, Ending, State
from sync.central.consult.notes import save, seal_complaint
from sync.central.consult.roles import Role, give
from sync.central.consult.treating import note_treatment
from sync.central.core.models import Station

from .conftest import make_station
from .fake_station import CHINA

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=CHINA)


def call_id(name: str) -> str:
    """A call's id, the same for the same name."""
    return urlsafe_b64encode(sha256(name.encode()).digest()[:16]).decode().rstrip("=")


def somebody(name: str, role: Role | None = None, **more: bool) -> User:
    """A user, perhaps with a role."""
    user, is_new = User.objects.get_or_create(username=name, defaults=more)
    if is_new and role:
        give(user, role)
    return user


def doctor(name: str = "wang", words: str = "王敏") -> Doctor:
    """A doctor."""
    found, _ = Doctor.objects.get_or_create(
        user=somebody(name), defaults={"name": words, "licence": "110330500012345", "title": "主治医师"}
    )
    return found


def browser(user: User | Doctor) -> Client:
    """A browser that this person has logged in with."""
    client = Client()
    client.force_login(user if isinstance(user, User) else User.objects.get(pk=user.pk))
    return client


def talked(
    name: str = "a", by: Doctor | None = None, at: datetime = NOON, *, waited_s: int = 40, talked_s: int = 300,
    station: str = "330502-01",
) -> Consultation:
    """A consultation that went well and is over."""
    accepted = at + timedelta(seconds=waited_s)
    call = Consultation.objects.create(
        call=call_id(name), station=_station(station), state=State.ENDED, ending=Ending.TALKED, token="t",
        doctor=by or doctor(), asked_at=at, rung_at=at, accepted_at=accepted,
        ended_at=accepted + timedelta(seconds=talked_s), complaint=seal_complaint(call_id(name), ["head", "fever"]),
    )
    note_treatment(call.call, (by or doctor()).pk, accepted)
    return call


def missed(name: str, ending: Ending, at: datetime = NOON, *, waited_s: int = 60, station: str = "330502-01",
           rung: Doctor | None = None) -> Consultation:
    """One that no doctor answered."""
    return Consultation.objects.create(
        call=call_id(name), station=_station(station), state=State.ENDED, ending=ending, token="t", doctor=rung,
        asked_at=at, ended_at=at + timedelta(seconds=waited_s), complaint=seal_complaint(call_id(name), ["head"]),
    )


def write(consultation: Consultation, by: Doctor | None = None, at: datetime = NOON, **notes: str) -> int:
    """Notes, on top of what is there."""
    newest = consultation.versions.order_by("-id").values_list("id", flat=True).first()     # type: ignore[attr-defined]
    return save(consultation, by or doctor(), notes or {"advice": "多喝水，休息两天"}, newest, at)


def _station(station: str) -> Station:
    return Station.objects.filter(pk=station).first() or make_station(station)


def command(*arguments: str) -> int:
    """Run `yizhan-central consult …` on the test's own connection."""
    parser = argparse.ArgumentParser()
    commands.add(parser.add_subparsers())
    options = parser.parse_args(["consult", *arguments])
    return run(options)
