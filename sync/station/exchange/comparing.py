"""Looking back: whether the office holds what we take for stored, in every epoch that is still here.

Its head alone does not tell: an office that was restored from a backup may hold another disk's events under our
numbers, and a later line of ours behind them. So every line is compared, by digests of whole spans.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sync.protocol.digests import digest_of_span
from sync.protocol.wire import MAX_SPAN, MAX_SPANS, Receipt, Spans
from sync.station.facts import Identity
from sync.station.journal.journal import Journal, Settled

Ask = Callable[[str, Spans], Receipt]       # of an epoch, and of spans in it
_PAGE: Final = MAX_SPAN * MAX_SPANS         # events looked at in one go
logger = logging.getLogger(__name__)


def take_back(journal: Journal, identity: Identity, ask: Ask, *, is_doubted: bool) -> bool:
    """Have all that the office lacks of our epochs wait again; whether anything now waits for a new epoch.

    How far the earlier epochs are stored is asked each time; what lies there only if the office is in doubt.
    """
    for epoch in identity.earlier:
        if journal.top(epoch) and journal.rewind(epoch, head := max(ask(epoch, ()).head, 0)):
            logger.warning("agent: the office forgot what followed %s of an earlier epoch", head)
    has_parted = False
    for epoch in (*identity.earlier, identity.epoch) if is_doubted else ():
        seq = find_parting(journal, epoch, ask)
        if seq is not None:
            has_parted = True
            count = journal.rewind(epoch, seq - 1)
            logger.warning("agent: the office has not %s of epoch %s as it is here; %s events again", seq, epoch, count)
    return has_parted or journal.waits_outside(identity.epoch)


def find_parting(journal: Journal, epoch: str, ask: Ask) -> int | None:
    """The first event of an epoch that we take for stored, and the office has not, or has another in its place."""
    last = 0
    while settled := journal.settled(epoch, last, _PAGE):
        last = settled[-1].seq
        span = _first_differing(epoch, list(_spans(settled)), ask)
        if span:
            exactly = _first_differing(epoch, [[one] for one in span], ask)
            return (exactly or span)[0].seq
    return None


def _first_differing(epoch: str, spans: Sequence[Sequence[Settled]], ask: Ask) -> Sequence[Settled] | None:
    for place in range(0, len(spans), MAX_SPANS):
        some = spans[place : place + MAX_SPANS]
        told = ask(epoch, tuple((span[0].seq, span[-1].seq) for span in some)).spans
        if len(told) != len(some):
            return None     # an older office, that compares nothing
        for span, digest in zip(some, told, strict=True):
            if digest != digest_of_span(one.digest for one in span):
                return span
    return None


def _spans(settled: Sequence[Settled]) -> Iterator[list[Settled]]:
    """Runs without gaps, none too long: what is old is no longer kept, but here and there one is."""
    span: list[Settled] = []
    for one in settled:
        if span and (one.seq != span[-1].seq + 1 or len(span) == MAX_SPAN):
            yield span
            span = []
        span.append(one)
    if span:
        yield span
