"""The step that a visit has come to: what a scan means from one screen to the next, and what waits for a card."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.errors import KioskError


class Step:
    """What the worker in front is about to do; used on Kivy's thread only."""

    def __init__(self) -> None:
        self.word = ""      # what a scan means; the room that takes the code knows the word
        self._is_for_next = False
        self._again: Callable[[], object] | None = None     # failed for want of a card

    def come_to(self, word: str | None, *, is_for_next: bool) -> None:
        """A screen of this intent is shown; None if it is a card within a step."""
        if word is not None:
            self.word, self._is_for_next = word, is_for_next
        self._again = None

    def next_person(self) -> None:
        """Somebody else showed a card: what a scan meant for the one before goes with them."""
        if not self._is_for_next:
            self.word = ""

    def failed(self, error: Exception, again: Callable[[], object]) -> None:
        """Keep what would have worked with a card."""
        self._again = again if isinstance(error, KioskError) and error.wants_card else None

    def go_on(self) -> bool:
        """Do what failed for want of a card, now that one was shown; False if there is no such thing."""
        again, self._again = self._again, None
        if again is not None:
            again()
        return again is not None
