"""The one place where calls move: what comes from lines and doors is put before the machine, kept, then told.

Lives in the server's event loop; the database is asked in threads. What comes at the same moment is done and written
together. While the database is away nothing moves, and nobody is told what is not kept.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from django.db import DatabaseError

from . import keeping
from .availability import Availability
from .estimates import Estimates
from .keeping import About, Kept, Who
from .line import AGAIN, DONE, FORBIDDEN, REPLACED, Line
from .machine import Board
from .models import Consultation
from .pieces import INFINITY, Call, Refusal
from .said import refused
from .telling import Teller
from .threads import Threads, surely

_ROUND_S: Final = 5         # a worker who waits hears at least this often
_CHECK_S: Final = 60        # whose account was closed is not at a desk for longer
Act = Callable[[], None]
logger = logging.getLogger(__name__)


class Switchboard:
    """All lines, and the board."""

    def __init__(self) -> None:
        self.is_open = False                    # a doctor is on duty; read by doors' threads
        self.threads = Threads()
        self.estimates = Estimates()
        self.workers: dict[str, Line] = {}
        self.desks: dict[int, Line] = {}
        self.about: dict[str, About] = {}
        self.doctors: dict[int, Who] = {}
        self.call_backs = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._acts: deque[Act] = deque()
        self._after: list[Act] = []

    async def begin(self) -> None:
        """Load what was left, and work until `end`."""
        self._loop = asyncio.get_running_loop()
        self._bell = asyncio.Event()
        self._began = (time.time(), time.monotonic())
        self.board = Board(self.now())
        self._teller = Teller(self)
        self._availability = Availability(self.threads)
        self._tasks = [
            asyncio.create_task(_forever(work)) for work in (self._work, self._tell_all, self._availability.follow)
        ]

    async def end(self) -> None:
        """Stop; lines are closed by the server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._loop = None
        self.threads.close()

    def now(self) -> float:
        """Unix seconds; set while it runs, they only pass."""
        return self._began[0] + time.monotonic() - self._began[1]

    def do(self, act: Act, line: Line | None = None, what: str = "") -> None:
        """Have something done in its turn; a refusal is told on the line."""
        self._acts.append(act if line is None else lambda: self._try(act, line, what))
        self._bell.set()

    def asked(self, row: Consultation, earlier: list[str]) -> None:
        """From a door's thread: a station asked anew, so that its earlier calls are over."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.do, partial(self._ask, keeping.kept(row), earlier))

    def given_up(self, call: str, *, is_lost: bool) -> None:
        """From a door's thread: the station's side of a call is over."""
        if self._loop is not None:
            end = self.board.worker_lost if is_lost else self.board.worker_ends
            self._loop.call_soon_threadsafe(self.do, lambda: end(call, self.now()))

    def recount(self) -> None:
        """From a page's thread: somebody was called back."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(lambda: asyncio.ensure_future(self._count()))

    def worker_came(self, call: str, line: Line) -> None:
        """A call's page is there, and is told where the call stands."""
        _take_place(self.workers, call, line)
        self.do(lambda: self._welcome(call, line))

    def worker_went(self, call: str, line: Line) -> None:
        """A call's page is gone, unless another has come."""
        if self.workers.get(call) is line:
            del self.workers[call]
            heard_at = self.now() - line.silent_s
            self.do(lambda: self.board.worker_went(call, heard_at))

    def desk_came(self, who: Who, line: Line) -> None:
        """A desk is there."""
        self.doctors[who.id] = who
        _take_place(self.desks, who.id, line)
        self.do(lambda: self.board.desk_came(who.id, who.languages, self.now()))

    def desk_went(self, doctor: int, line: Line) -> None:
        """A desk is gone, unless another has come."""
        if self.desks.get(doctor) is line:
            del self.desks[doctor]
            heard_at = self.now() - line.silent_s
            self.do(lambda: self.board.desk_went(doctor, self.now(), heard_at))

    def _ask(self, found: Kept, earlier: list[str]) -> None:
        for call in earlier:
            self.board.worker_ends(call, self.now())
        self.about[found.call.call] = found.about
        self.board.ask(found.call, self.now())

    def _welcome(self, call: str, line: Line) -> None:
        if call in self.board.calls:
            self.board.worker_came(call)
        else:
            self._after.append(lambda: line.close(AGAIN))     # it has just ended: asked again, the database says how

    def _try(self, act: Act, line: Line, what: str) -> None:
        try:
            act()
        except Refusal as fault:
            said = refused(what, fault.code, self.doctors.get(fault.doctor or 0))
            self._after.append(lambda: line.tell(said))

    async def _work(self) -> None:
        await self._load()
        while True:
            wait_s = self.board.next_at() - self.now()
            try:
                async with asyncio.timeout(None if wait_s == INFINITY else max(0.0, wait_s)):
                    await self._bell.wait()
            except TimeoutError:
                pass
            self._bell.clear()
            try:
                await self._turn()
            except Exception:
                logger.exception("a turn of the switchboard failed")    # the next one may do

    async def _turn(self) -> None:
        acts, self._acts = self._acts, deque()
        for act in acts:
            try:
                act()
            except Exception:
                logger.exception("something at the switchboard failed")
        self.board.tick(self.now())
        changed, moved, self.board.changed, self.board.moved = self.board.changed, self.board.moved, {}, set()
        if changed:
            await self._keep(list(changed.values()))
        self._note_desks()
        self._teller.tell(changed, moved)
        for call in changed.values():
            if call.phase == "ended":
                self._forget(call)
        after, self._after = self._after, []
        for act in after:
            act()

    async def _keep(self, calls: list[Call]) -> None:
        await surely(lambda: self.threads.write(lambda: keeping.write(calls)), "calls could not be kept")
        if any(call.phase == "ended" for call in calls):
            await self._count()

    async def _count(self) -> None:
        self.call_backs = await surely(
            lambda: self.threads.read(keeping.call_backs), "calls to be made could not be counted"
        )
        self._teller.is_stale = True

    async def _load(self) -> None:
        found = await surely(lambda: self.threads.read(keeping.unfinished), "calls could not be loaded")
        self.doctors |= await surely(lambda: self.threads.read(keeping.talking_doctors), "doctors could not be loaded")
        for one in found:
            self.about[one.call.call] = one.about
            self.board.load(one.call, self.now())
        await self._count()

    def _note_desks(self) -> None:
        self.estimates.note_desks(self.board)
        on_duty = list(self.board.on_duty())
        self.is_open = bool(on_duty)
        spoken = {language for desk in on_duty for language in desk.languages}
        self._availability.note(is_open=self.is_open, languages=spoken)

    def _forget(self, call: Call) -> None:
        self.about.pop(call.call, None)
        self.estimates.note_end(call)
        line = self.workers.get(call.call)
        if line is not None:
            line.close(DONE)

    async def _tell_all(self) -> None:
        """Each second: desks, if the queue has changed, and a fifth of those who wait. Sometimes: may all be here?"""
        turn = 0
        while True:
            await asyncio.sleep(1)
            turn += 1
            self._teller.tell_round(turn % _ROUND_S, _ROUND_S)
            if turn % _CHECK_S == 0 and self.desks:
                await _close_who_may_not(self.threads, self.desks)


async def _close_who_may_not(threads: Threads, desks: dict[int, Line]) -> None:
    """Desks of those whose account was closed meanwhile."""
    ids = list(desks)
    try:
        found = await threads.read(lambda: keeping.doctors(ids))
    except DatabaseError:
        return      # asked again soon
    for doctor in set(ids) - found.keys():
        if doctor in desks:
            desks[doctor].close(FORBIDDEN)


def _take_place(lines: dict[str, Line] | dict[int, Line], key: str | int, line: Line) -> None:
    places: dict[str | int, Line] = lines   # type: ignore[assignment]  # of either
    if key in places:
        places[key].close(REPLACED)
    places[key] = line


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:
            logger.exception("a part of the switchboard failed, beginning again")
            await asyncio.sleep(1)


switchboard: Final = Switchboard()
