"""Making the read models anew from events, while the office goes on serving.

First, in one transaction, all of them are emptied and every journal's mark is set back. From then on any projector
goes on with the work, so a rebuild that is killed is finished by whoever projects; run again, it starts anew.
What stations see never goes back: copies are folded from all stored events, however far the journals are told.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from sync.central.core.models import Journal, Quarantine
from sync.central.core.projecting import turns
from sync.central.core.projecting.projector import Projector, behind
from sync.central.core.projecting.read_models import read_models

_REPORT_S: Final = 2.0
_PAUSE_S: Final = 0.2
logger = logging.getLogger(__name__)

Report = Callable[[str], None]


def rebuild(report: Report) -> None:
    """Empty the read models and fill them again; `report` is told in words how far it is."""
    started_s = time.monotonic()
    report("正在清空统计：网页上的数字会先归零再涨回来，驿站照常同步")
    empty_read_models()
    logger.info("read models emptied in %.1f s", time.monotonic() - started_s)
    _renew(report)
    _project(report)
    logger.info("read models rebuilt in %.1f s", time.monotonic() - started_s)


@transaction.atomic
def empty_read_models() -> None:
    """Delete what read models took from events, and have every event told again."""
    turns.shut()
    for model in read_models():
        model.forget()
    # Those that still cannot be told will be set aside again.
    waiting = Quarantine.objects.filter(why=Quarantine.Why.PROJECTION, resolved_at=None)
    waiting.update(resolved_at=timezone.now(), resolution=Quarantine.Resolution.REPLAYED, note="重建统计时重新计入")
    # Last and in one statement: until the commit, no station's exchange can move the head of a journal.
    Journal.objects.filter(projected__gt=0).update(projected=0)


def _renew(report: Report) -> None:
    due = _Due()
    done = 0
    for model in read_models():
        for count in model.renew():
            done += count
            if due():
                report(f"已核对下发内容 {done:,} 条")
    report(f"已核对下发内容 {done:,} 条")


def _project(report: Report) -> None:
    projector = Projector()
    due = _Due()
    last_id = 0
    # Each journal up to where it is now: stations do not stop for us.
    while journal := behind().filter(id__gt=last_id).order_by("id").first():
        while Journal.objects.get(pk=journal.pk).projected < journal.head:
            if projector.step() is None:
                time.sleep(_PAUSE_S)    # others are at it, or it rests
            if due():
                report(_progress())
        last_id = journal.id
    report(_progress())


def _progress() -> str:
    sums = Journal.objects.aggregate(head=Sum("head"), projected=Sum("projected"))
    return f"已重新计入 {sums['projected'] or 0:,} / {sums['head'] or 0:,} 条记录"


class _Due:
    """Whether it is time to report again."""

    def __init__(self) -> None:
        self._next_s = time.monotonic() + _REPORT_S

    def __call__(self) -> bool:
        if time.monotonic() < self._next_s:
            return False
        self._next_s = time.monotonic() + _REPORT_S
        return True
