"""What a station asks over HTTP: a place in the queue, the state of a call, another provider's page."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import Settings

from sync.central.consult import notes, provider
from sync.central.consult.ice import ice_servers
from sync.central.consult.models import Consultation, Doctor, State
from sync.central.consult.switchboard import switchboard
from sync.central.consult.treating import note_treatment
from sync.protocol import calls, wire
from sync.protocol.calls import Asked

from .calls import ask_for, new_call, place_of, signed, state_of
from .conftest import ask, enrolled, on_both_databases
from .fake_station import FakeStation, Reply

pytestmark = [pytest.mark.django_db, on_both_databases]
PROVIDER = {
    "name": "互联网医院", "url": "https://doctor.example/room", "secret": "0123456789abcdef",
    "parameters": {"ref": "{call}", "at": "{station}"}, "most_minutes": 20,
}


def send(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    response = ask(method, path, body, headers)
    assert isinstance(response.body, bytes)
    return Reply(response.status, response.body)


@pytest.fixture
def _doctor_on_duty() -> Iterator[None]:
    switchboard.is_open = True
    yield
    switchboard.is_open = False


@pytest.fixture
def doctor() -> Doctor:
    user = User.objects.create_user("wang")
    return Doctor.objects.create(user=user, name="王", licence="110", title="主治医师")


def test_without_a_doctor_on_duty_nobody_waits(station: FakeStation) -> None:
    reply = ask_for(send, station, new_call())
    assert (reply.status, reply.refusal.code) == (409, "no-doctor")
    assert not Consultation.objects.exists()


@pytest.mark.usefixtures("_doctor_on_duty")
def test_a_place_is_the_same_however_often_it_is_asked_for(station: FakeStation) -> None:
    call = new_call()
    place = place_of(ask_for(send, station, call, "head", "fever"))
    assert (place.call, place.line, place.place, place.ice) == (call, calls.LINE_PATH, 1, ())
    assert place_of(ask_for(send, station, call)) == place
    row = Consultation.objects.get()
    assert (row.state, row.station_id, notes.complaint_of(row)) == (State.WAITING, station.id, ["head", "fever"])
    assert place.token not in row.token
    other = place_of(ask_for(send, enrolled("330502-02"), new_call()))
    assert (other.place, other.token != place.token) == (2, True)


@pytest.mark.usefixtures("_doctor_on_duty")
def test_another_stations_call_is_none_of_ours(station: FakeStation) -> None:
    call = new_call()
    ask_for(send, station, call)
    stranger = enrolled("330502-02")
    assert ask_for(send, stranger, call).refusal.code == "not-found"
    assert signed(send, stranger, "GET", calls.STATE_PATH + call).refusal.code == "not-found"
    assert signed(send, station, "GET", calls.STATE_PATH + "../x").refusal.code == "not-found"
    assert send("GET", calls.STATE_PATH + call, b"", {}).refusal.code == "unsigned"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"call":"short"}', b'{"call":"' + b"A" * 22 + b'","complaint":["a b"]}', b"[" * 4_000, b'"\xff"'],
)
def test_what_is_not_as_described_is_refused(station: FakeStation, body: bytes) -> None:
    assert signed(send, station, "POST", calls.PATH, body).refusal.code == "header"


@pytest.mark.usefixtures("_doctor_on_duty")
def test_how_a_call_stands_and_the_words_at_its_end(station: FakeStation, doctor: Doctor) -> None:
    call, now = new_call(), timezone.now()
    ask_for(send, station, call)
    assert state_of(send, station, call).state == "waiting"
    rows = Consultation.objects.filter(pk=call)
    rows.update(
        state=State.TALKING, doctor=doctor, asked_at=now - timedelta(seconds=90), accepted_at=now - timedelta(minutes=1)
    )
    note_treatment(call, doctor.pk, now)
    notes.save(rows.get(), doctor, {"advice": "多喝水"}, None, now)
    assert state_of(send, station, call).advice == ""
    rows.update(state=State.ENDED, ending="talked", ended_at=now)
    state = state_of(send, station, call)
    assert (state.state, state.ending, state.advice) == ("ended", "talked", "多喝水")
    assert state.share.rpartition("/r/")[2]
    assert state_of(send, station, call).share == state.share
    assert (state.waited_s, state.talked_s) == (30, 60)


def test_credentials_of_turn_are_coturns_and_end(settings: Settings) -> None:
    settings.YIZHAN_STUN_URLS = ("stun:a:3478",)
    settings.YIZHAN_TURN_URLS = ("turn:a:3478?transport=udp",)
    settings.YIZHAN_TURN_SECRET = "north"
    stun, turn = ice_servers("call", 1_000_000_000.0)
    assert (stun.urls, turn.username) == (("stun:a:3478",), "1000010800:call")
    digest = hmac.new(b"north", turn.username.encode(), "sha1").digest()
    assert base64.b64decode(turn.credential) == digest


def test_another_providers_page_has_signed_parameters(station: FakeStation, settings: Settings) -> None:
    settings.YIZHAN_PROVIDER = json.dumps(PROVIDER)
    call = new_call()
    page = place_of(ask_for(send, station, call)).provider
    assert page is not None
    assert (page.name, page.allow, page.most_minutes) == ("互联网医院", ("https://doctor.example",), 20)
    query = urlsplit(page.url).query
    asked, _, signature = query.rpartition("&signature=")
    assert hmac.new(b"0123456789abcdef", asked.encode(), "sha256").hexdigest() == signature
    found = parse_qs(asked)
    assert list(found) == ["at", "expires", "ref"]
    assert (found["ref"], found["at"]) == ([call], [station.id])
    assert not Consultation.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [{"url": "http://doctor.example"}, {"secret": "short"}, {"parameters": {"a": "{other}"}}, {"colour": "red"}],
)
def test_a_provider_that_cannot_be_is_refused(settings: Settings, changed: dict[str, object]) -> None:
    settings.YIZHAN_PROVIDER = json.dumps({**PROVIDER, **changed})
    with pytest.raises(ImproperlyConfigured, match="YIZHAN_PROVIDER_FILE"):
        provider.find_provider()


def test_a_message_is_read_as_it_was_written() -> None:
    asked = Asked(new_call(), "ug", ("head",))
    assert wire.decode(Asked, wire.encode(asked)) == asked


def test_a_station_that_tries_itself_is_told_of_the_servers_and_asks_nobody(
    station: FakeStation, settings: Settings
) -> None:
    settings.YIZHAN_TURN_URLS = ("turn:a:3478?transport=udp",)
    settings.YIZHAN_TURN_SECRET = "north"
    reply = signed(send, station, "GET", calls.ICE_PATH)
    (turn,) = wire.decode(calls.IceServers, reply.body).ice
    assert (reply.status, turn.urls) == (200, ("turn:a:3478?transport=udp",))
    assert turn.username.endswith(f":{station.id}")
    assert not Consultation.objects.exists()
    assert send("GET", calls.ICE_PATH, b"", {}).refusal.code == "unsigned"
