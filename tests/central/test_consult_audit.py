"""The audit trail: nobody can edit it, and who tries all the same is found out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from sync.central.consult import audit
from sync.central.consult.models import Look

from .conftest import on_both_databases
from .consulting import NOON

pytestmark = [pytest.mark.django_db, on_both_databases]

# How a line is changed by somebody who may do anything with the database.
RELEASE = {
    "sqlite": ["DROP TRIGGER consult_look_no_update", "DROP TRIGGER consult_look_no_delete"],
    "postgresql": ["DROP TRIGGER consult_look_no_change ON consult_look"],
}


def fill() -> list[Look]:
    return [audit.look("wang", "opened", f"call{n}", NOON + timedelta(seconds=n), "词") for n in range(5)]


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("change", [
    lambda: Look.objects.update(who="li"),
    lambda: Look.objects.all().delete(),
    lambda: Look.objects.latest("id").delete(),
    lambda: Look(id=Look.objects.latest("id").id, at=NOON, who="li", what="x", call="", digest="").save(),
    lambda: run("DELETE FROM consult_look"),
    lambda: run("TRUNCATE consult_look" if connection.vendor == "postgresql" else
                "REPLACE INTO consult_look SELECT id, at, 'li', what, call, about, digest FROM consult_look"),
])
def test_the_database_refuses_every_change(change: Callable[[], object]) -> None:
    fill()
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        change()
    assert Look.objects.filter(who="wang").count() == 5
    assert audit.check().broken is None


def test_a_whole_trail_is_as_it_was_written() -> None:
    assert audit.check() == audit.Checked(0, "", None, has_noted=True)
    lines = fill()
    assert audit.check() == audit.Checked(5, lines[-1].digest, None, has_noted=True)
    assert audit.check(lines[2].digest).has_noted


@pytest.mark.parametrize("field", ["at", "who", "what", "call", "about", "digest"])
def test_who_switches_the_trigger_off_is_found_out(field: str) -> None:
    lines = fill()
    for statement in RELEASE[connection.vendor]:
        run(statement)
    Look.objects.filter(pk=lines[2].pk).update(**{field: NOON if field == "at" else "x"})
    assert audit.check().broken == lines[2].id


def test_a_line_taken_out_is_found_by_the_next_one() -> None:
    lines = fill()
    for statement in RELEASE[connection.vendor]:
        run(statement)
    lines[1].delete()
    assert audit.check().broken == lines[2].id


def test_what_was_cut_off_the_end_is_found_by_a_digest_noted_elsewhere() -> None:
    lines = fill()
    noted = audit.check().digest
    for statement in RELEASE[connection.vendor]:
        run(statement)
    lines[4].delete()
    assert audit.check().broken is None
    assert not audit.check(noted).has_noted


def test_who_is_no_user_cannot_be_a_users_name() -> None:
    from django.contrib.auth.validators import UnicodeUsernameValidator
    from django.core.exceptions import ValidationError

    for name in (audit.PATIENT, audit.COMMAND, audit.STATION):
        with pytest.raises(ValidationError):
            UnicodeUsernameValidator()(name)
