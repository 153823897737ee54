"""Who may do what with consultations: the one place that says it.

| | own records | others' records | figures | who looked |
|---|---|---|---|---|
| doctor | yes | no | no | no |
| supervisor | no | no | yes | no |
| auditor | no | no | no | yes |
| other staff, superusers | no | no | no | no |

Groups are asked, never permissions: a superuser has all permissions, and is to see no record.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from .models import Consultation, Doctor, Treatment

P = ParamSpec("P")
Somebody = AbstractBaseUser | AnonymousUser


class Role(StrEnum):
    """A role that is given by a group; the value is the group's name."""

    SUPERVISOR = "consult-supervisor"
    AUDITOR = "consult-auditor"


ROLES: Final = {"supervisor": Role.SUPERVISOR, "auditor": Role.AUDITOR}     # as commands call them


def find_doctor(user: Somebody) -> Doctor | None:
    """The doctor that this user is."""
    return Doctor.objects.filter(user_id=user.pk).first() if user.is_authenticated and user.is_active else None


def is_doctor(user: Somebody) -> bool:
    """Whether they may answer calls, and see the records of those they treated."""
    return find_doctor(user) is not None


def is_supervisor(user: Somebody) -> bool:
    """Whether they may see figures."""
    return _has(user, Role.SUPERVISOR)


def is_auditor(user: Somebody) -> bool:
    """Whether they may see who looked."""
    return _has(user, Role.AUDITOR)


def treated_by(doctor: Doctor) -> QuerySet[Consultation]:
    """The consultations of which this doctor may see the record: answered, or taken over.

    `Consultation.doctor` is not asked: that may be one who is only rung, to take the call over.
    """
    return Consultation.objects.filter(pk__in=Treatment.objects.filter(doctor=doctor).values("consultation"))


def may_see(doctor: Doctor, consultation: Consultation) -> bool:
    """Whether it is one of theirs."""
    return treated_by(doctor).filter(pk=consultation.pk).exists()


def only(
    may: Callable[[Somebody], bool],
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """A page for those who may; everybody else who has logged in is told so (403)."""

    def guard(
        page: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(page)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not may(request.user):
                raise PermissionDenied
            return page(request, *args, **kwargs)

        return guarded

    return guard


@transaction.atomic
def give(user: User, role: Role, *, take_away: bool = False) -> None:
    """Put somebody into a role, or take them out of it."""
    group, _ = Group.objects.get_or_create(name=role.value)
    memberships: Any = user.groups
    (memberships.remove if take_away else memberships.add)(group)


def _has(user: Somebody, role: Role) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return Group.objects.filter(name=role.value, user__pk=user.pk).exists()
