"""Encryption at rest: what is stored cannot be read without the keys, and keys can be changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from sync.central.consult import keyfile, notes, rotation, vault
from sync.central.consult.keyfile import Keys, KeysMissing
from sync.central.consult.models import Consultation, NoteVersion
from sync.central.consult.rotation import SETTLED, Step
from sync.central.consult.vault import Unreadable

from .conftest import on_both_databases
from .consulting import talked, write

pytestmark = [pytest.mark.django_db, on_both_databases]

WORDS = "头疼三天，伴有低烧"


def raw() -> bytes:
    """Everything the database has of notes and complaints."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT notes FROM consult_noteversion UNION ALL SELECT complaint FROM consult_consultation")
        return b"".join(bytes(row[0]) for row in cursor.fetchall())


def say_nothing(_words: str) -> None:
    pass


def test_keys_are_made_at_first_use_for_their_owner_alone() -> None:
    assert not keyfile.key_path().exists()
    vault.seal("call", b"words")
    assert keyfile.key_path().stat().st_mode & 0o777 == 0o600
    assert vault.keys() == vault.keys()


def test_what_is_stored_says_nothing_without_the_keys() -> None:
    call = talked()
    write(call, complaint=WORDS)
    assert b"head" not in raw()
    assert WORDS.encode() not in raw()
    newest = notes.newest(call)
    assert newest
    assert newest.notes == {"complaint": WORDS}
    assert notes.complaint_of(call) == ["head", "fever"]


def test_a_sealed_text_opens_in_no_other_record() -> None:
    sealed = vault.seal("one", b"words")
    assert vault.unseal("one", sealed) == b"words"
    with pytest.raises(Unreadable):
        vault.unseal("two", sealed)
    with pytest.raises(Unreadable):
        vault.unseal("one", sealed[:-4] + b"AAAA")


def test_missing_keys_are_an_error_and_never_replaced_by_new_ones() -> None:
    write(talked())
    keyfile.key_path().unlink()
    for use in (lambda: vault.seal("x", b""), lambda: rotation.rotate(datetime.now(UTC), say_nothing)):
        with pytest.raises(KeysMissing, match="OFFICE-KEYS"):
            use()
    assert not keyfile.key_path().exists()


@pytest.mark.parametrize("text", ["", "junk", "record 2026-11-29T00:00:00+00:00 short", "\xff"])
def test_a_damaged_file_is_not_used(text: str) -> None:
    keyfile.key_path().write_text(text)
    with pytest.raises(KeysMissing):
        vault.keys()


def test_the_path_can_be_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YIZHAN_CONSULT_KEYS", str(tmp_path / "usb" / "keys"))
    vault.keys()
    assert (tmp_path / "usb" / "keys").exists()


def test_rotation_encrypts_everything_anew_and_then_removes_the_old_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_BATCH", 2)
    calls = [talked(str(number)) for number in range(5)]
    for call in calls:
        write(call, advice=call.call)
    old, before, now = vault.keys(), raw(), datetime.now(UTC)
    assert rotation.rotate(now, say_nothing) is Step.ENCRYPTED
    assert len(vault.keys().records) == 2
    assert vault.keys().chain == old.chain
    assert rotation.rotate(now + SETTLED, say_nothing) is Step.FINISHED
    assert [one.key for one in vault.keys().records] != [one.key for one in old.records]
    assert len(vault.keys().records) == 1
    assert raw() != before
    for call in Consultation.objects.all():
        newest = notes.newest(call)
        assert newest
        assert (newest.notes, notes.complaint_of(call)) == ({"advice": call.call}, ["head", "fever"])


def test_a_rotation_that_was_cut_off_goes_on_with_the_same_key() -> None:
    write(talked("a"))
    old, now = vault.keys(), datetime.now(UTC)
    keyfile.replace_keys(Keys((keyfile.fresh(now), *old.records), old.chain))     # and then the power went
    begun = vault.keys()
    write(talked("b"))
    heard: list[str] = []
    assert rotation.rotate(now + timedelta(hours=1), heard.append) is Step.FINISHED
    assert heard == ["重新加密了 2 条"]
    assert vault.keys().records == begun.records[:1]
    assert NoteVersion.objects.count() == 2


def test_an_office_that_runs_takes_up_a_new_key_by_itself() -> None:
    before = vault.keys()
    path = keyfile.key_path()
    keyfile.replace_keys(Keys((keyfile.fresh(datetime.now(UTC)), *before.records), before.chain))
    assert len(vault.keys().records) == 2
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_no_key_opens_stops_a_rotation_before_the_old_key_goes() -> None:
    call = talked()
    NoteVersion.objects.create(consultation=call, who_id=call.doctor_id, at=call.asked_at, notes=b"not ours")
    with pytest.raises(Unreadable):
        rotation.rotate(datetime.now(UTC) - SETTLED, say_nothing)
    assert len(vault.keys().records) == 2
