"""What staff do about a fault: take it, note something, close it, open it again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from sync.central.core.projecting import turns
from sync.protocol import limits
from sync.protocol.errors import SyncError
from sync.protocol.limits import as_key, fitted

from .folding import STEPS, fold
from .following import Item, actions_of, refold, reports_of
from .models import Action, Fault, State


class ActionRefused(SyncError):
    """It cannot be done any more; `detail` says why, in words for staff."""

    code = "OFFICE-FAULT"
    next_step = "请看一下这条报修现在的情况，再处理"


@transaction.atomic
def act(fault_id: int, kind: Action.Kind, who: str, now: datetime, *, note: str = "", seen: str = "") -> None:
    """Do one thing about a fault as it was `seen` (its state, if that matters); raises ActionRefused.

    Of two who do something at once the first one's counts, and the other is told.
    """
    fault = _locked(fault_id)
    words = fitted(note.strip(), limits.NOTE_CHARS).strip()
    if kind == Action.Kind.NOTE:
        if not words:
            raise ActionRefused("请写上备注的内容")
    elif fault.state not in STEPS[kind][0] or (seen and seen != fault.state):
        raise ActionRefused(_words_for(fault))
    item = Item(fault.station_id, fault.amenity)
    newest = fold(reports_of(item), actions_of(item))[-1].fault
    if newest.first != fault.first and kind != Action.Kind.NOTE:
        raise ActionRefused("这样设施后来又有人报修，请在新的那条里处理")
    Action.objects.create(
        station_id=item.station, amenity=item.amenity, report=fault.last, kind=kind,
        who=as_key(who, limits.USER_CHARS), at=now, note=words,
    )
    refold([item])


def _locked(fault_id: int) -> Fault:
    """The fault, with its station's turn: nobody else changes it until the transaction ends."""
    turns.enter()
    station_id = Fault.objects.filter(pk=fault_id).values_list("station_id", flat=True).first()
    if station_id is not None:
        turns.take_station(station_id)
    fault = Fault.objects.filter(pk=fault_id).first()
    if fault is None:
        raise ActionRefused("这条报修已经撤销，或者正在重新统计，请稍后再看")
    return fault


def _words_for(fault: Fault) -> str:
    state = State(fault.state)
    if not fault.who or fault.changed_at is None:
        return f"这条报修现在是“{state.label}”，请看一下再处理"
    at = timezone.localtime(fault.changed_at)
    done = {State.OPEN: "重新打开了", State.TAKEN: "接手了", State.CLOSED: "修好了"}[state]
    return f"{fault.who} 在 {at:%H:%M} 已经{done}这条报修，请看一下再处理"
