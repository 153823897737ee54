"""Who may let programs out and tell stations what to do: the members of one group, for it can stop every screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")
GROUP: Final = "fleet"


def may_manage(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether they may."""
    if not user.is_authenticated or not user.is_active:
        return False
    return Group.objects.filter(name=GROUP, user__pk=user.pk).exists()


def for_managers(
    page: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page for those who may; everybody else who has logged in is told so (403)."""

    @wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not may_manage(request.user):
            raise PermissionDenied
        return page(request, *args, **kwargs)

    return guarded


@transaction.atomic
def allow(user: User, *, take_away: bool = False) -> None:
    """Put somebody into the group, or take them out of it."""
    group, _ = Group.objects.get_or_create(name=GROUP)
    memberships: Any = user.groups
    (memberships.remove if take_away else memberships.add)(group)
