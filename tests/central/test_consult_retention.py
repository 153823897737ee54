"""Erasing after 15 years: what was said goes, what is counted stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from sync.central.consult import audit, notes, retention
from sync.central.consult.figures import overview
from sync.central.consult.models import Consultation, Look, NoteVersion, Share, Treatment
from sync.central.consult.retention import Erased, TooYoung, erase, oldest_kept
from sync.central.consult.sharing import make_share

from .conftest import on_both_databases
from .consulting import NOON, browser, call_id, command, doctor, talked, write

pytestmark = [pytest.mark.django_db, on_both_databases]

OLD = datetime(2011, 11, 20, 23, 50, tzinfo=NOON.tzinfo)
YOUNG = datetime(2011, 11, 29, 0, 0, tzinfo=NOON.tzinfo)


def some_records() -> None:
    for name, at in (("old", OLD), ("young", YOUNG)):
        write(talked(name, at=at), at=at, advice="休息")
        make_share(call_id(name), at)


def test_what_is_15_years_old_is_erased_and_nothing_younger() -> None:
    some_records()
    assert erase(None, NOON) == Erased(1, 1, 1)
    old, young = Consultation.objects.get(pk=call_id("old")), Consultation.objects.get(pk=call_id("young"))
    assert (bytes(old.complaint), old.token, old.language, old.erased_at) == (b"", "", "", NOON)
    assert not NoteVersion.objects.filter(consultation=old).exists()
    assert not Share.objects.filter(consultation=old).exists()
    assert young.erased_at is None
    assert notes.advice_of(young.call) == "休息"
    assert list(Look.objects.filter(what="erased").values_list("who", "call")) == [(audit.COMMAND, old.call)]
    assert erase(None, NOON) == Erased(0, 0, 0)


def test_counts_stay_and_the_hour_goes() -> None:
    some_records()
    before = overview(OLD.date(), OLD.date())
    assert before.total.asked == 1
    erase(None, NOON)
    assert overview(OLD.date(), OLD.date()) == before
    old = Consultation.objects.get(pk=call_id("old"))
    assert old.asked_at == OLD.replace(hour=12, minute=0)
    assert Treatment.objects.get(consultation=old).since == old.accepted_at
    assert old.ended_at == old.asked_at + timedelta(seconds=340)


def test_the_15_years_begin_with_what_was_written_last() -> None:
    call = talked("old", at=OLD)
    write(call, at=OLD, advice="休息")
    write(call, at=YOUNG + timedelta(days=40), advice="回访：好了")
    assert erase(None, NOON) == Erased(0, 0, 0)


def test_nothing_younger_can_be_erased_even_when_asked() -> None:
    some_records()
    with pytest.raises(TooYoung):
        erase(date(2011, 11, 30), NOON)
    assert erase(date(2011, 11, 20), NOON) == Erased(0, 0, 0)
    assert erase(date(2011, 11, 21), NOON).records == 1
    assert oldest_kept(datetime(2028, 2, 29, 12, tzinfo=NOON.tzinfo)) == date(2013, 2, 28)


def test_it_goes_on_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_BATCH", 2)
    for number in range(5):
        talked(str(number), at=OLD + timedelta(hours=number))
    assert erase(None, NOON, dry_run=True) == Erased(5, 0, 0)
    assert erase(None, NOON).records == 5


def test_the_command_says_what_it_would_do_and_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    some_records()
    with time_machine.travel(NOON, tick=False):
        assert command("erase", "--dry-run") == 0
        assert NoteVersion.objects.count() == 2
        assert command("erase") == 0
        assert command("erase", "--before", "2020-01-01") == 2
    said = capsys.readouterr()
    assert "会删除 2011-11-29 以前 1 次看诊的内容：病历 1 个版本，扫码链接 1 个" in said.out
    assert "已删除 2011-11-29 以前 1 次" in said.out
    assert "OFFICE-RETENTION" in said.err


def test_the_doctor_sees_that_it_was_erased_and_no_bytes_are_left() -> None:
    some_records()
    erase(None, NOON)
    page = browser(doctor()).get(f"/desk/records/{call_id('old')}/").content.decode()
    assert "内容已在 2026 年 11 月 29 日 删除" in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM consult_noteversion WHERE consultation_id = %s", [call_id("old")])
        assert cursor.fetchone() == (0,)


def test_keys_are_rotated_by_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    some_records()
    with time_machine.travel(NOON, tick=False):
        assert command("rotate-key") == 0
    assert "旧密钥还留着" in capsys.readouterr().out
    with time_machine.travel(NOON + timedelta(minutes=2), tick=False):
        assert command("rotate-key") == 0
    assert "旧密钥已删除" in capsys.readouterr().out
    assert notes.advice_of(call_id("young")) == "休息"
