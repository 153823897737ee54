"""Books that drift: borrow here, return anywhere, no deposit, no fine."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Final

import msgspec

from kiosk.stage.station import StationService
from kiosk.stage.visit import Visit, VisitService
from sync.protocol import drift
from sync.protocol.documents import Copy, Stamp, StationSettings, Title
from sync.protocol.events import BookBorrowed, BookEvent, BookReturned, BookShelved, CodeUnknown
from sync.station.store import Store

from .errors import BorrowerNeeded, QuotaReached
from .shelf import Shelf, ShelfGlance
from .shown import BookOnShelf, BookShown, How, LoanShown, ReturnShown

_RAW_CHARS: Final = 64
_ONE_BOOK_S: Final = 5.0    # its label and its ISBN within this time are one book


class InHand(msgspec.Struct):
    """Labels of what the worker in front has taken and given back."""

    borrowed: list[str] = msgspec.field(default_factory=list[str])
    returned: dict[str, How] = msgspec.field(default_factory=dict[str, How])
    label: str = ""             # of the book that is held under the scanner
    is_guess: bool = False      # only its ISBN was read, and one copy stood here
    seen_s: float = 0.0         # when, monotonic


class LendingService:
    """Borrows and returns copies; the only writer of book events."""

    def __init__(self, store: Store, station: StationService, visits: VisitService) -> None:
        self._store = store
        self._station = station
        self._visits = visits
        self._shelf = Shelf(store, station, self)
        self._moves = 0     # book events of this process, so that the shelf knows it is stale

    def look_up(self, label: str) -> BookShown:
        """The copy with this label; one that nobody here knows is shown by its label alone."""
        self._visits.touched()
        self._hold(label)
        return self.show(self.state_of(label))

    def find_on_shelf(self, label: str) -> BookOnShelf:
        """The copy of this cover, as far as this station knows; nobody holds it under the scanner."""
        self._visits.touched()
        return BookOnShelf(self.show(self.state_of(label)))

    def scan_isbn(self, isbn: str) -> list[BookShown] | None:
        """Copies of a title here; None if it is the book that has just shown its label."""
        self._visits.touched()
        hand = self._visits.current.of(InHand)
        if self._holds() and self.state_of(hand.label).isbn == isbn:
            hand.seen_s = self._visits.clock.monotonic()
            return None
        return self.look_up_isbn(isbn)

    def look_up_isbn(self, isbn: str) -> list[BookShown]:
        """Copies of a title that stand on this station's shelf."""
        self._visits.touched()
        published = self._store.documents.having(Copy, "isbn", isbn)
        shown = (self.show(self.state_of(copy.label)) for copy in published)
        return [book for book in shown if book.here]

    def borrow(self, label: str, *, by_isbn: bool = False) -> LoanShown:
        """Lend a copy; one still out in another name came back unseen and is lent again.

        Raises BorrowerNeeded, QuotaReached.
        """
        self._visits.touched()
        self._take_guess_back(label)
        self._hold(label, is_guess=by_isbn)
        visit, settings = self._visits.current, self._station.settings()
        due_on = self._station.now().date() + timedelta(days=settings.loan_days)
        hand = visit.of(InHand)
        if label not in hand.borrowed:
            self._check_allowed(visit, settings)
            state = self.state_of(label)
            mine = bool(visit.member) and state.borrower == visit.member
            event = BookBorrowed(
                label=label,
                due_on=due_on,
                borrower=visit.member if settings.loan_identity in {"member", "phone"} else "",
                trade=visit.trade if settings.loan_identity == "trade" else "",
                repaired=state.status == "on_loan" and not mine,
            )
            self._append(event)
            hand.returned.pop(label, None)
            hand.borrowed.append(label)
        return LoanShown(self.show(self.state_of(label)), due_on, self._station.is_online())

    def give_back(self, label: str) -> ReturnShown:
        """Take a copy back, whoever had it and wherever it came from; nobody is asked who they are."""
        self._visits.touched()
        self._hold(label)
        hand = self._visits.current.of(InHand)
        if label not in hand.returned:
            how = _how_it_returns(self.state_of(label))
            self._append(BookReturned(label=label) if how == "returned" else BookShelved(label=label))
            hand.returned[label] = how
            if label in hand.borrowed:
                hand.borrowed.remove(label)
        return ReturnShown(self.show(self.state_of(label)), hand.returned[label], self._station.is_online())

    def note_unknown(self, raw: str) -> None:
        """Remember a code that nothing here knows, so that the office can find out what it was."""
        self._visits.touched()
        printable = "".join(character for character in raw if character.isprintable())
        self._store.journal.append(CodeUnknown(raw=printable[:_RAW_CHARS]), at=self._station.now())

    def state_of(self, label: str) -> Copy:
        """Where a copy is: the office's document, and what happened here since."""
        published = self._store.documents.find(Copy, label) or Copy(label=label)
        events = (
            drift.Placed(Stamp(entry.at.astimezone(UTC), self._station.id, epoch, entry.seq), entry.event)
            for epoch, entry in self._store.journal.about(label)
            if isinstance(entry.event, BookEvent)
        )
        return drift.fold(published, events)

    def show(self, copy: Copy) -> BookShown:
        """A copy in the words of the screen."""
        names = {**copy.names, self._station.id: self._station.settings().name}
        stops = copy.stops or ((copy.station,) if copy.station else ())
        return BookShown(
            label=copy.label,
            known=bool(copy.isbn),
            title=self._store.documents.find(Title, copy.isbn) if copy.isbn else None,
            status=copy.status,
            here=copy.status == "on_shelf" and copy.station == self._station.id,
            place=names.get(copy.station, ""),
            stops=tuple(names.get(stop, stop) for stop in stops),
            ends_here=stops[-1:] == (self._station.id,),
            readers=copy.loans,
        )

    def glance(self) -> ShelfGlance:
        """What stands on the shelf."""
        return self._shelf.glance(self._moves)

    def _hold(self, label: str, *, is_guess: bool = False) -> None:
        hand = self._visits.current.of(InHand)
        hand.label, hand.is_guess, hand.seen_s = label, is_guess, self._visits.clock.monotonic()

    def _holds(self) -> bool:
        hand = self._visits.current.of(InHand)
        return bool(hand.label) and self._visits.clock.monotonic() - hand.seen_s < _ONE_BOOK_S

    def _take_guess_back(self, label: str) -> None:
        """A book lent by its ISBN shows its label, and it is another copy than the one that stood here."""
        hand = self._visits.current.of(InHand)
        guess = hand.label
        is_other = self._holds() and hand.is_guess and guess != label and guess in hand.borrowed
        if is_other and self.state_of(guess).isbn == self.state_of(label).isbn:
            self._append(BookShelved(label=guess))
            hand.borrowed.remove(guess)

    def _append(self, event: BookEvent) -> None:
        self._visits.acted()
        self._store.journal.append(event, at=self._station.now(), subject=event.label)
        self._moves += 1

    def _check_allowed(self, visit: Visit, settings: StationSettings) -> None:
        if settings.loan_identity in {"member", "phone"} and not visit.member:
            raise BorrowerNeeded
        held = len(visit.of(InHand).borrowed)
        if visit.member:
            held = max(held, self._held_by(visit.member))
        if held >= settings.loan_quota:
            raise QuotaReached(settings.loan_quota)

    def _held_by(self, member: str) -> int:
        published = {copy.label for copy in self._store.documents.having(Copy, "borrower", member)}
        a_year_ago = self._station.now() - timedelta(days=366)
        lent_here = self._store.journal.since(BookBorrowed, a_year_ago)
        labels = published | {event.label for _, event in lent_here if event.borrower == member}
        return sum(self.state_of(label).borrower == member for label in labels)


def is_offered(settings: StationSettings) -> bool:
    """Whether the office wants books to drift here."""
    return "drift" in settings.services


def _how_it_returns(copy: Copy) -> How:
    if copy.status == "missing":
        return "found"
    return "shelved" if copy.status == "on_shelf" and (copy.last or copy.isbn) else "returned"
