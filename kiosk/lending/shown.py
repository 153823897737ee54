"""Books, loans and returns as a worker may see them."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from sync.protocol.documents import Title

How = Literal["returned", "shelved", "found"]     # `shelved`: it was not out, `found`: it had been missing


class BookShown(msgspec.Struct, frozen=True):
    """A copy as a worker may see it: never who has it."""

    label: str
    known: bool                 # the office has published this copy
    title: Title | None
    status: Literal["on_shelf", "on_loan", "missing"]
    here: bool                  # it stands on this station's shelf
    place: str                  # name of the station where it stands or was last taken from
    stops: tuple[str, ...]      # names of the stations of its journey, the newest last
    ends_here: bool             # the newest of them is this station
    readers: int


class BookOnShelf(msgspec.Struct, frozen=True):
    """A book that somebody would like to see; it is not in their hand."""

    book: BookShown


class LoanShown(msgspec.Struct, frozen=True):
    """A loan that is on the disk."""

    book: BookShown
    due_on: date
    online: bool


class ReturnShown(msgspec.Struct, frozen=True):
    """A return that is on the disk."""

    book: BookShown
    how: How
    online: bool
