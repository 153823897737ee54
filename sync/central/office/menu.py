"""The menu beside every page, with how much waits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from sync.central.core.examples import has_history

from .rooms import Glance, Page, Somebody, brought, rooms


class Entry(NamedTuple):
    """A page in the menu, and whether it is the one that is shown."""

    page: Page
    href: str
    is_here: bool


class Menu:
    """The menu of the page at `path`, as this user sees it; nothing is asked for before a template draws it."""

    def __init__(self, path: str, user: Somebody, glance: Glance | None = None) -> None:
        self._path = path
        self._user = user
        self._glance = glance

    def entries(self) -> list[Entry]:
        """The pages this user may see, in their order; the nearest above the path is where we are."""
        pages = [page for page in brought(lambda room: room.pages) if page.may(self._user)]
        addresses = [(page, reverse(page.url)) for page in pages]
        here = _nearest(self._path, [href for _, href in addresses])
        return [Entry(page, href, href == here) for page, href in addresses]

    def looks(self) -> list[str]:
        """The style sheets that rooms bring."""
        return [room.look for room in rooms() if room.look]

    @cached_property
    def is_example(self) -> bool:
        """Whether some of what pages show never happened."""
        return has_history()

    @cached_property
    def waiting(self) -> int:
        """How much waits for a hand, in all rooms."""
        glance = self._glance or Glance(timezone.now())
        return sum(waiting.count(glance) for waiting in brought(lambda room: room.waiting))


def nearest(path: str) -> str:
    """The address of the page in the menu that lies nearest above this path; the overview if none does."""
    return _nearest(path, [reverse(page.url) for page in brought(lambda room: room.pages)]) or reverse("overview")


def _nearest(path: str, addresses: Sequence[str]) -> str:
    return max((href for href in addresses if path.startswith(href)), key=len, default="")


def with_menu(request: HttpRequest) -> dict[str, Menu]:
    """Context processor: every template may draw the menu."""
    # A request that was refused early on has no user yet.
    return {"menu": Menu(request.path, getattr(request, "user", AnonymousUser()))}
