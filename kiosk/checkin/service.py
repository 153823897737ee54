"""Checking in: one tap on a trade, or one scan of a member code."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from kiosk.stage.station import StationService
from kiosk.stage.visit import VisitService
from sync.protocol.documents import Trade
from sync.protocol.events import CheckedIn, CheckinUndone
from sync.station.store import Store

from .errors import NothingToUndo, UnknownTrade

UNDO_S: Final = 10
_UNDO_GRACE_S: Final = 5        # a finger already on its way when the button goes
_AGAIN_AFTER: Final = timedelta(minutes=60)
_DAY: Final = timedelta(days=1)
_OTHER: Final = "other"


class CheckinShown(msgspec.Struct, frozen=True):
    """What the worker is told after checking in."""

    checkin: str                    # empty if nothing was counted
    trade: Trade | None
    visits_today: int
    online: bool
    companions: int = 0
    already_at: datetime | None = None      # the same member was here within the hour
    unknown_member: bool = False
    is_member: bool = False
    is_next: bool = False       # a new visit: somebody else was here before


class CheckinGlance(msgspec.Struct, frozen=True):
    """What the home screen shows of check-in."""

    trades: tuple[Trade, ...]
    visits_today: int


class CheckedInNow(msgspec.Struct):
    """What is remembered of the worker in front."""

    checkin: str = ""       # the check-in of this visit


class CheckinService:
    """Counts visits; the only writer of check-in events."""

    def __init__(self, store: Store, station: StationService, visits: VisitService) -> None:
        self._store = store
        self._station = station
        self._visits = visits

    def check_in(self, trade: str) -> CheckinShown:
        """One worker of this trade came in; raises UnknownTrade."""
        self._visits.touched()
        document = self._store.documents.find(Trade, trade)
        if document is None:
            raise UnknownTrade(trade[:64])
        self._visits.current.trade = trade
        checkin = self._visits.current.of(CheckedInNow).checkin = self._append(trade)
        return self._shown(checkin, document)

    def check_in_member(self, code: str) -> CheckinShown:
        """The holder of a member code came in; an unknown one is counted without a name."""
        before_them = self._visits.current
        member = self._visits.recognise(code)
        visit = self._visits.current
        is_next = visit is not before_them
        visit.trade = member.trade if member else _OTHER
        document = self._store.documents.find(Trade, visit.trade)
        if member and (before := self._last_of(member.member)):
            shown = self._shown("", document, already_at=before)
            return replace(shown, is_member=True, is_next=is_next)
        checkin = visit.of(CheckedInNow).checkin = self._append(visit.trade, member=member.member if member else "")
        shown = self._shown(checkin, document, unknown_member=member is None)
        return replace(shown, is_member=member is not None, is_next=is_next)

    def add_companion(self) -> CheckinShown:
        """Somebody of the same trade came along with the last check-in; raises NothingToUndo without one."""
        visit = self._visits.current
        if not visit.of(CheckedInNow).checkin:
            raise NothingToUndo("no check-in in this visit")
        checkin = self._append(visit.trade, companion=True)
        shown = self._shown(checkin, self._store.documents.find(Trade, visit.trade))
        visit.of(CheckedInNow).checkin = checkin
        return shown

    def undo(self, *checkins: str) -> None:
        """Take check-ins of one visit back, the last of which is seconds old; raises NothingToUndo."""
        now = self._station.now()
        recent = [event.checkin for _, event in self._standing(now - timedelta(seconds=UNDO_S + _UNDO_GRACE_S))]
        if not checkins or checkins[-1] not in recent:
            raise NothingToUndo
        standing = {event.checkin for _, event in self._standing(now - _AGAIN_AFTER)}
        for checkin in checkins:
            if checkin in standing:
                self._store.journal.append(CheckinUndone(checkin=checkin), at=now)
        here = self._visits.current.of(CheckedInNow)
        if here.checkin in checkins:
            here.checkin = ""

    def glance(self) -> CheckinGlance:
        """Trades in the office's order, and today's visits."""
        trades = sorted(self._store.documents.all(Trade), key=lambda trade: (trade.order, trade.trade))
        return CheckinGlance(tuple(trades), self.visits_today())

    def visits_today(self) -> int:
        """Check-ins since midnight that were not taken back, companions included."""
        start = self._station.start_of_day()
        return sum(at < start + _DAY for at, _ in self._standing(start))

    def _append(self, trade: str, *, member: str = "", companion: bool = False) -> str:
        self._visits.acted()
        checkin = secrets.token_urlsafe(6)
        event = CheckedIn(checkin=checkin, trade=trade, member=member, companion=companion)
        self._store.journal.append(event, at=self._station.now())
        return checkin

    def _shown(
        self, checkin: str, trade: Trade | None, *, already_at: datetime | None = None, unknown_member: bool = False
    ) -> CheckinShown:
        return CheckinShown(
            checkin=checkin,
            trade=trade,
            visits_today=self.visits_today(),
            online=self._station.is_online(),
            already_at=already_at,
            unknown_member=unknown_member,
        )

    def _standing(self, since: datetime) -> list[tuple[datetime, CheckedIn]]:
        undone = {event.checkin for _, event in self._store.journal.since(CheckinUndone, since)}
        return [(at, event) for at, event in self._store.journal.since(CheckedIn, since) if event.checkin not in undone]

    def _last_of(self, member: str) -> datetime | None:
        now = self._station.now()
        here = [at for at, event in self._standing(now - _AGAIN_AFTER) if event.member == member and at <= now]
        return here[-1] if here else None
