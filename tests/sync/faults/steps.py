"""The named steps at which a process can be made to kill itself, as a power cut would.

No hook is in the product: a child process wraps one function of it and dies at the n-th passage.
The table is explicit, so that a function renamed or gone fails the tests.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
from collections.abc import Callable
from typing import Any, NamedTuple


class Step(NamedTuple):
    """A place in the program: `module:function`, and whether the end comes before or after it ran."""

    place: str
    when: str = "after"


STATION = {
    "prepared": Step("sync.station.exchange.exchanges:Exchanges._prepare"),
    "packed": Step("sync.station.exchange.client:pack"),
    "signed": Step("sync.station.exchange.client:sign"),
    "sent": Step("http.client:HTTPConnection.getresponse", "before"),
    "answered": Step("sync.station.exchange.client:OfficeClient.exchange"),
    "absorb-begun": Step("sync.station.store:Store.absorb", "before"),
    "absorbing": Step("sync.station.store:acknowledge"),
    "document-put": Step("sync.station.store:put_documents"),
    "absorb-committed": Step("sync.station.store:Store.absorb"),
    "rewinding": Step("sync.station.journal.journal:rewind"),
    "rewound": Step("sync.station.journal.journal:Journal.rewind"),
    "carrying": Step("sync.station.journal.journal:carry"),
    "epoch-opened": Step("sync.station.journal.journal:Journal.open_epoch"),
    "restart-begun": Step("sync.station.documents.renewal:Renewals.begin"),
    "restart-stepped": Step("sync.station.documents.renewal:Renewals.note"),
    "snapshot-loaded": Step("sync.station.documents.renewal:Renewals.load"),
    "sweeping": Step("sync.station.documents.renewal:Renewals._sweep_between"),
    "restart-ended": Step("sync.station.documents.renewal:Renewals.finish"),
    "download-begun": Step("sync.station.files.download:Download.begin_at"),
    "download-ended": Step("sync.station.files.download:Download.finish"),
    "standing-noted": Step("sync.station.facts:Facts.put"),
}
ENROLMENT = {
    "key-made": Step("sync.station.exchange.enrol:Keys.make"),
    "enrol-sent": Step("http.client:HTTPConnection.getresponse", "before"),
    "enrol-answered": Step("sync.station.exchange.enrol:OfficeClient.enrol"),
    "enrolling": Step("sync.station.store:carry"),
    "enrolled": Step("sync.station.store:Store.enrol"),
    "keys-forgotten": Step("sync.station.exchange.enrol:Keys.forget_others"),
}
KIOSK = {
    "appending": Step("sync.station.journal.rows:encode_entry"),
    "appended": Step("sync.station.journal.journal:Journal.append"),
}
OFFICE = {
    "received": Step("sync.central.core.doors.api:signed_by", "before"),
    "verified": Step("sync.central.core.doors.api:signed_by"),
    "lines-read": Step("sync.central.core.exchange.exchange:read_lines"),
    "station-locked": Step("sync.central.core.exchange.exchange:_admit"),
    "ingested": Step("sync.central.core.exchange.exchange:ingest"),
    "before-commit": Step("sync.central.core.exchange.exchange:pull"),
    "committed": Step("sync.central.core.doors.api:exchange"),
    "before-answer": Step("sync.protocol.wire:pack"),
    "code-spent": Step("sync.central.core.enrolment:_spend_code"),
}
PROJECTOR = {
    "projecting": Step("sync.central.core.projecting.projector:_project"),
    "following": Step("sync.central.library.following:publish"),
    "projected": Step("sync.central.core.projecting.projector:Projector.step"),
}
STAFF = {
    "publishing": Step("sync.central.core.publishing.documents:_publish"),
    "published": Step("sync.central.core.publishing.documents:publish"),
    "snapshot-made": Step("sync.central.core.publishing.snapshots:_write"),
}
STEPS = {**STATION, **ENROLMENT, **KIOSK, **OFFICE, **PROJECTOR, **STAFF}


class Death(NamedTuple):
    """At the n-th passage of a step, 1 for the first."""

    step: str
    passage: int = 1


def plant(death: Death | None, die: Callable[[], None] | None = None) -> None:
    """Have this process end at that step; raises AttributeError if the program has no such function."""
    if death is None:
        return
    step = STEPS[death.step]
    owner, name = _find(step.place)
    wrapped = getattr(owner, name)
    passages = 0
    end = die or _die

    def passed() -> None:
        nonlocal passages
        passages += 1
        if passages == death.passage:
            end()

    @functools.wraps(wrapped)
    def around(*arguments: Any, **named: Any) -> Any:
        if step.when == "before":
            passed()
        result = wrapped(*arguments, **named)
        if step.when == "after":
            passed()
        return result

    setattr(owner, name, around)


def _find(place: str) -> tuple[Any, str]:
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    getattr(owner, name)
    return owner, name


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
