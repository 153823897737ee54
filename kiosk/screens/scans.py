"""What a scan does, whichever screen is shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from devices.codes import CopyLabel, Isbn, MemberCode, Periodical, StationQr, Unknown, classify

from .choose import Choice

if TYPE_CHECKING:
    from kiosk.services.lending import BookShown

    from .base import Intent
    from .stage import KioskStage

AGAIN_S: Final = 5.0


class ScanDesk:
    """Sorts scans and starts what follows; the same code within five seconds is one scan."""

    def __init__(self, stage: KioskStage) -> None:
        self._stage = stage
        self._last: tuple[bytes, str] | None = None
        self._last_s = 0.0

    def forget(self) -> None:
        """The last scan came to nothing: the same code may be tried again at once."""
        self._last = None

    def take(self, frame: bytes, intent: Intent) -> None:
        """One scan; `intent` is what a label means on the screen that is shown."""
        now = self._stage.clock.monotonic()
        again = self._last == (frame, intent) and now - self._last_s < AGAIN_S
        self._last, self._last_s = (frame, intent), now
        if again or not frame.strip():
            self._stage.play("tick")
            return
        board = self._stage.board
        code = classify(frame, board.settings.member_pattern if board else "")
        lending = self._stage.services.lending
        match code:
            case MemberCode():
                self._stage.run(partial(self._stage.services.checkins.check_in_member, code.code), self._checked_in)
            case CopyLabel():
                self._label(code.label, intent)
            case Isbn():
                self._stage.run(partial(lending.look_up_isbn, code.isbn13), partial(self._copies, intent))
            case Periodical():
                self._stage.show("unknown", "periodical")
            case StationQr():
                self._stage.show("unknown", intent)
            case Unknown():
                show = partial(self._stage.show, "unknown", intent)
                self._stage.run(partial(lending.note_unknown, code.raw), lambda _nothing: show())

    def _checked_in(self, shown: object) -> None:
        self._stage.show("checked_in", shown)

    def _label(self, label: str, intent: Intent) -> None:
        lending = self._stage.services.lending
        if intent == "borrow":
            self._stage.run(partial(lending.borrow, label), partial(self._stage.show, "lent"))
        elif intent == "return":
            self._stage.run(partial(lending.give_back, label), partial(self._stage.show, "returned"))
        else:
            self._stage.run(partial(lending.look_up, label), partial(self._stage.show, "book"))

    def _copies(self, intent: Intent, books: list[BookShown]) -> None:
        # What comes back is not on this shelf yet, so an ISBN cannot tell which copy it is.
        if intent == "return" or not books:
            self._stage.show("unknown", "isbn")
        elif len(books) > 1:
            self._stage.show("choose", Choice(books, intent))
        elif intent == "borrow":
            self._label(books[0].label, intent)
        else:
            self._stage.show("book", books[0])
