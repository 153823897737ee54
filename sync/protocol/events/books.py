"""What happens to drift books at a station."""

from __future__ import annotations

from datetime import date

from .base import Event


class BookBorrowed(Event, frozen=True, kw_only=True, tag="book.borrowed"):
    """A worker took a copy off the shelf."""

    label: str          # copy label, check character included; raw if nobody knows it
    due_on: date        # local date, station's time zone
    borrower: str = ""  # keyed hash of the member, empty if nobody was asked
    trade: str = ""
    repaired: bool = False  # the copy was still out in another name


class BookReturned(Event, frozen=True, kw_only=True, tag="book.returned"):
    """A copy that was out came back, to this station's shelf."""

    label: str


class BookShelved(Event, frozen=True, kw_only=True, tag="book.shelved"):
    """A copy that was not out was put on this station's shelf; also finds a missing one."""

    label: str


BookEvent = BookBorrowed | BookReturned | BookShelved
