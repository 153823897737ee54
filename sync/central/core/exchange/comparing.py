"""What we hold of a journal, in digests, so that a station sees what of its own is not there."""

from __future__ import annotations

from collections.abc import Iterable

from sync.central.core.models import Event, Quarantine
from sync.protocol.digests import digest_of_span
from sync.protocol.wire import Span


def digests_of(journal_id: int, spans: Iterable[Span]) -> tuple[str, ...]:
    """The digest of each span, of the lines as the station sent them; a line that is not there is left out."""
    return tuple(_digest_of(journal_id, first, last) for first, last in spans)


def _digest_of(journal_id: int, first: int, last: int) -> str:
    span = {"journal_id": journal_id, "seq__gte": first, "seq__lte": last}
    stored = dict(Event.objects.filter(**span).values_list("seq", "digest"))
    # One that staff mended is stored in other words; the station has the original.
    stored |= dict(Quarantine.objects.filter(**span, why=Quarantine.Why.REJECTED).values_list("seq", "digest"))
    return digest_of_span(stored[seq] for seq in sorted(stored))
