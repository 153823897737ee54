"""Notes: versions, who may write, and two who write at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.central.consult import notes
from sync.central.consult.models import Ending, Look, NoteVersion
from sync.central.consult.notes import Conflict, NotesRefused, save
from sync.central.consult.treating import note_treatment

from .conftest import on_both_databases
from .consulting import NOON, call_id, doctor, missed, talked, write

pytestmark = [pytest.mark.django_db, on_both_databases]


def test_every_version_is_kept_with_who_and_when() -> None:
    call = talked()
    first = save(call, doctor(), {"complaint": "头疼"}, None, NOON)
    second = save(call, doctor(), {"complaint": "头疼", "advice": "休息\r\n"}, first, NOON + timedelta(seconds=5))
    assert second > first
    kept = [(one.version, one.by, one.at, one.notes) for one in notes.versions(call)]
    assert kept == [
        (first, "王敏", NOON, {"complaint": "头疼"}),
        (second, "王敏", NOON + timedelta(seconds=5), {"complaint": "头疼", "advice": "休息"}),
    ]


def test_what_says_the_same_is_no_new_version() -> None:
    call = talked()
    assert save(call, doctor(), {"advice": " "}, None, NOON) == 0
    first = save(call, doctor(), {"advice": "休息"}, None, NOON)
    assert save(call, doctor(), {"advice": "休息 ", "history": ""}, first, NOON) == first
    assert NoteVersion.objects.count() == 1


def test_only_who_treats_or_treated_may_write() -> None:
    call, other = talked(), doctor("li", "李强")
    with pytest.raises(NotesRefused):
        save(call, other, {"advice": "休息"}, None, NOON)
    note_treatment(call.call, other.pk, NOON)
    note_treatment(call.call, other.pk, NOON)
    assert save(call, other, {"advice": "休息"}, None, NOON)


def test_a_doctor_who_only_rang_may_not_write() -> None:
    call = missed("a", Ending.NO_DOCTOR, rung=doctor())
    with pytest.raises(NotesRefused):
        save(call, doctor(), {"advice": "休息"}, None, NOON)


def test_the_first_doctor_stays_a_writer_after_handing_over() -> None:
    call, other = talked(), doctor("li", "李强")
    first = save(call, doctor(), {"advice": "休息"}, None, NOON)
    call.doctor = other
    call.save()
    assert save(call, doctor(), {"advice": "多休息"}, first, NOON) > first
    with pytest.raises(NotesRefused):   # while it only rings there
        save(call, other, {"advice": "多休息"}, None, NOON)


def test_of_two_writers_the_second_sees_what_the_first_wrote() -> None:
    call, other = talked(), doctor("li", "李强")
    note_treatment(call.call, other.pk, NOON)
    base = write(call, advice="休息")
    theirs = save(call, other, {"advice": "住院"}, base, NOON)
    with pytest.raises(Conflict) as refused:
        save(call, doctor(), {"advice": "喝水"}, base, NOON)
    assert (refused.value.newest.version, refused.value.newest.by) == (theirs, "李强")
    assert refused.value.newest.notes == {"advice": "住院"}
    assert save(call, doctor(), {"advice": "住院，喝水"}, theirs, NOON) > theirs


def test_ones_own_older_page_is_no_conflict() -> None:
    call = talked()
    write(call, advice="休息")
    assert save(call, doctor(), {"advice": "喝水"}, None, NOON)


@pytest.mark.parametrize("field", sorted(notes.FIELDS))
def test_what_is_too_long_or_unknown_is_refused_in_words(field: str) -> None:
    title, most = notes.FIELDS[field]
    call = talked()
    with pytest.raises(NotesRefused, match=f"{title}最多 {most} 个字"):
        save(call, doctor(), {field: "字" * (most + 1)}, None, NOON)
    with pytest.raises(NotesRefused, match="没有这一栏"):
        save(call, doctor(), {field + "x": "字"}, None, NOON)
    assert save(call, doctor(), {field: "字" * most + "\0"}, None, NOON)


def test_nothing_is_written_in_an_erased_record() -> None:
    call = talked()
    call.erased_at = NOON
    call.save()
    with pytest.raises(NotesRefused):
        save(call, doctor(), {"advice": "休息"}, None, NOON)


def test_the_workers_words_are_the_newest_advice_and_showing_them_is_in_the_trail_once() -> None:
    call = talked()
    assert notes.advice_of(call.call) == ""
    write(call, advice="休息", history="秘密")
    write(call, advice="多休息")
    assert [notes.advice_of(call.call), notes.advice_of(call.call)] == ["多休息", "多休息"]
    assert notes.advice_of(call_id("nobody")) == ""
    assert [look.what for look in Look.objects.order_by("id")] == ["noted", "advised"]
