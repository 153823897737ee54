"""What a scan does, whichever screen is shown: the room that takes such codes is told, one scan after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from devices.codes import Code, CopyLabel, Isbn, MemberCode, Periodical, classify, format_label
from kiosk.ui.ticks import Tick, later
from kiosk.ui.words import _

from .base import Stage
from .room import AnyRoom, Take
from .trigger import Scan, Trigger

AGAIN_S: Final = 5.0
PULL_S: Final = 0.4     # a scanner that reads two codes at one pull of the trigger sends both within this time
MOST_WAITING: Final = 32


class ScanDesk:
    """Sorts scans and hands them out in their order; the same code within five seconds is one scan.

    What names the thing in the hand goes at once; any other code first waits whether it was read beside such a one.
    """

    def __init__(
        self, stage: Stage, rooms: Sequence[AnyRoom],
        go_on: Callable[[], object], wait: Callable[[Callable[[], object], float], Tick] = later,
    ) -> None:
        self._stage = stage
        self._takes: dict[type, Take] = {}
        self._rest: Take | None = None
        self._seen_s: dict[bytes, float] = {}   # when each code was last seen
        self._waiting: deque[Scan] = deque()
        self._trigger = Trigger()
        self._go_on = go_on     # something waits to be handed out
        self._wait = wait
        self._pulled: Tick | None = None
        for room in rooms:
            self._join(room)

    @property
    def has_waiting(self) -> bool:
        """Whether a scan can be handed out."""
        return bool(self._waiting)

    @property
    def is_settled(self) -> bool:
        """Whether all that was scanned has been handed out."""
        return not self._waiting and self._pulled is None

    def forget(self) -> None:
        """The last scan came to nothing: the same code may be tried again at once."""
        self._seen_s.clear()

    def arrive(self, frame: bytes) -> None:
        """A scan came; it is handed out when its turn comes."""
        glances = self._stage.glances
        code = classify(frame, glances.station.settings.member_pattern if glances else "")
        is_again = self._is_again(frame)
        names_thing = self._trigger.add(Scan(frame, code), is_again=is_again)
        if is_again:
            self._stage.play("tick")
        elif names_thing:
            self._put(Scan(frame, code))
        if names_thing or not is_again:
            self._listen_on()

    def hand_out(self) -> None:
        """Tell the room of the next scan."""
        scan = self._waiting.popleft()
        take = self._takes.get(type(scan.code), self._rest)
        if take is None:
            self._stage.play("no")
        else:
            take(self._stage, scan.code, self._stage.step.word)

    def drop(self) -> None:
        """What waits is not done; who scanned it is told its name."""
        scans = [*self._waiting, *self._end_pull()]
        self._waiting.clear()
        self._miss(scans)

    def clear(self) -> None:
        """What waits is not done, and nobody is told."""
        self._end_pull()
        self._waiting.clear()

    def _is_again(self, frame: bytes) -> bool:
        now = self._stage.clock.monotonic()
        self._seen_s = {seen: at_s for seen, at_s in self._seen_s.items() if now - at_s < AGAIN_S}
        is_again = frame in self._seen_s or not frame.strip()
        self._seen_s[frame] = now
        return is_again

    def _listen_on(self) -> None:
        if self._pulled is not None:
            self._pulled.cancel()
        self._pulled = self._wait(self._released, PULL_S)

    def _released(self) -> None:
        for scan in self._end_pull():
            self._put(scan)

    def _end_pull(self) -> list[Scan]:
        if self._pulled is not None:
            self._pulled.cancel()
            self._pulled = None
        return self._trigger.end()

    def _put(self, scan: Scan) -> None:
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(scan)
            self._go_on()
        else:
            self._stage.play("tick")
            self._miss([scan])

    def _miss(self, scans: Sequence[Scan]) -> None:
        if scans:
            self._seen_s.clear()    # they may be scanned again at once
            self._stage.miss([_name_of(scan.code) for scan in scans])

    def _join(self, room: AnyRoom) -> None:
        for kind, take in room.takes().items():
            if kind in self._takes:
                raise ValueError(f"{kind.__name__} is taken by two rooms")
            self._takes[kind] = take
        rest = room.takes_rest()
        if rest and self._rest:
            raise ValueError("two rooms take what is left")
        self._rest = rest or self._rest
        self._trigger.beside.update(room.beside)


def _name_of(code: Code) -> str:
    """What a person calls the code; nothing personal."""
    if isinstance(code, CopyLabel):
        return format_label(code.label)
    if isinstance(code, Isbn):
        return code.isbn13
    if isinstance(code, Periodical):
        return code.code
    return _("会员码") if isinstance(code, MemberCode) else _("一个条码")
