from __future__ import annotations

import logging
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from sync.central.core.enrolment import CODE_LIFETIME, issue_code, revoke
from sync.central.core.models import Attempt, EnrolmentCode, Station
from sync.central.core.throttle import ENROLMENT, is_shut, note_failure
from sync.protocol import wire
from sync.protocol.events import CheckedIn, digest_of
from sync.protocol.wire import ENROL_PATH

from .conftest import enrolled, make_station, on_both_databases, post
from .fake_station import FakeStation

pytestmark = [pytest.mark.django_db, on_both_databases]


def test_a_good_code_gives_the_station_its_name() -> None:
    fake = FakeStation(post)
    reply = fake.enrol(issue_code(make_station(), timezone.now()))
    assert reply.status == 200
    row = Station.objects.get(pk="330502-01")
    assert (row.public_key, row.install) == (fake.key.public_key().public_bytes_raw().hex(), "install-1")
    assert fake.sync().status == 200


def test_a_code_typed_in_lower_case_with_spaces_is_good() -> None:
    code = issue_code(make_station(), timezone.now()).lower()
    assert FakeStation(post).enrol(f" {code[:5]}-{code[5:]} ").status == 200


def test_used_expired_wrong_and_garbled_codes_are_answered_alike() -> None:
    station = make_station()
    used = issue_code(station, timezone.now())
    FakeStation(post).enrol(used)
    expired = issue_code(station, timezone.now() - CODE_LIFETIME - timedelta(seconds=1))
    other = make_station("330211-01")
    superseded = issue_code(other, timezone.now())
    issue_code(other, timezone.now())
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        replies = [FakeStation(post).enrol(code) for code in (used, expired, superseded, "AAAAAAAAAA", "", "汉字\0")]
    assert {reply.status for reply in replies} == {403}
    assert len({reply.body for reply in replies}) == 1
    assert replies[0].refusal.code == "enrol-code"


def test_the_code_is_stored_only_as_a_hash_and_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = issue_code(make_station(), timezone.now())
    FakeStation(post).enrol(code)
    FakeStation(post).enrol(code)
    assert code not in str(EnrolmentCode.objects.values())
    assert code not in caplog.text
    assert "station 330502-01 enrolled" in caplog.text


def test_guessing_is_stopped_and_a_good_code_waits_until_then() -> None:
    station = make_station()
    code = issue_code(station, timezone.now())
    for _ in range(10):
        assert FakeStation(post).enrol("AAAAAAAAAA").status == 403
    assert FakeStation(post).enrol(code).refusal.code == "enrol-rate"
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert FakeStation(post).enrol(code).status == 200


def test_enrolling_again_replaces_the_key_and_opens_the_new_epoch() -> None:
    old = enrolled()
    new = FakeStation(post)
    new.install, new.epoch = "install-2", "epoch-2"
    new.enrol(issue_code(Station.objects.get(), timezone.now()))
    assert old.sync().refusal.code == "bad-signature"
    assert new.sync().receipt.head == 0


def test_another_stations_journal_of_the_same_name_costs_no_event() -> None:
    thief, victim = enrolled("330502-02"), enrolled("330502-01")
    thief.sync([thief.line(CheckedIn(checkin="x", trade="t"))], epoch="epoch-v")
    victim.sync(epoch="epoch-v")
    code = issue_code(Station.objects.get(pk=victim.id), timezone.now())
    reply = victim.enrol(code, previous="epoch-v", epoch="epoch-w")
    assert wire.decode(wire.EnrolReply, reply.body).previous_head == 0


def test_the_reply_says_how_far_the_earlier_journal_is_stored_and_what_its_last_line_is() -> None:
    fake = enrolled()
    lines = [fake.line(CheckedIn(checkin="x", trade="t")), b'{"seq":2,"at":']
    for count in (1, 2):
        fake.sync(lines[count - 1 : count])
        reply = fake.enrol(issue_code(Station.objects.get(), timezone.now()), previous=fake.epoch, epoch="epoch-2")
        told = wire.decode(wire.EnrolReply, reply.body)
        assert (told.previous_head, told.previous_digest) == (count, digest_of(lines[count - 1]))


def test_a_revoked_station_comes_back_with_a_new_code() -> None:
    fake = enrolled()
    revoke(fake.id, timezone.now())
    assert fake.sync().refusal.code == "revoked"
    assert fake.enrol(issue_code(Station.objects.get(), timezone.now())).status == 200
    assert fake.sync().status == 200


@pytest.mark.parametrize("changes", [
    {"public_key": "zz"}, {"public_key": "AB" * 32}, {"install": ""}, {"install": "x" * 65}, {"epoch": "\0"},
])
def test_a_request_that_makes_no_sense_does_not_spend_the_code(changes: dict[str, str]) -> None:
    code = issue_code(make_station(), timezone.now())
    fake = FakeStation(post)
    reply = fake.enrol(code, **changes)
    assert (reply.status, reply.refusal.code) == (400, "enrol-request")
    assert fake.enrol(code).status == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"{}", b'{"code":1}', b"[" * 4_000])
def test_nonsense_is_a_400(body: bytes) -> None:
    assert post(ENROL_PATH, body, {}).refusal.code == "enrol-request"


def test_a_huge_request_is_a_413() -> None:
    assert post(ENROL_PATH, b" " * 5_000, {}).refusal.code == "too-large"


def test_what_failed_while_the_clock_was_ahead_shuts_no_door_when_it_is_right_again() -> None:
    now = timezone.now()
    ahead = now + timedelta(days=400)
    for _ in range(ENROLMENT.per_visitor):
        note_failure(ENROLMENT, "198.51.100.7", ahead)
    assert is_shut(ENROLMENT, "198.51.100.7", ahead)
    assert not is_shut(ENROLMENT, "198.51.100.7", now)
    note_failure(ENROLMENT, "198.51.100.7", now)
    assert Attempt.objects.count() == 1


def test_of_a_station_nobody_knows_no_revoking_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert not revoke("9", timezone.now())
    assert "revoked" not in caplog.text
