"""Stations that are called otherwise now, on the journeys of copies."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import msgspec
from django.db import transaction

from sync.central.core.models import Document
from sync.central.core.publishing.documents import publish
from sync.central.core.stations import names_of
from sync.protocol import documents as docs
from sync.protocol.documents import decode_document

from .models import Copy

_PIECE: Final = 200


def renew_names(station_id: str) -> int:
    """Publish every copy that has been at this station with its name of now; returns how many were news."""
    name, count, last = names_of([station_id]).get(station_id, ""), 0, ""
    told = Document.objects.filter(type=docs.Copy.type, body__contains=f'"{station_id}":"').order_by("key")
    while keys := list(told.filter(key__gt=last).values_list("key", flat=True)[:_PIECE]):
        count += _renew(keys, station_id, name)
        last = keys[-1]
    return count


@transaction.atomic
def _renew(labels: list[str], station_id: str, name: str) -> int:
    # Locked as whoever follows books does: what is read here must be what is replaced.
    list(Copy.objects.select_for_update().filter(label__in=labels).order_by("label"))
    rows = Document.objects.filter(type=docs.Copy.type, key__in=labels, body__isnull=False)
    news: dict[str, list[docs.Copy]] = defaultdict(list)
    for scope, body in rows.values_list("scope", "body"):
        copy = decode_document(docs.Copy, body or "")
        if station_id in copy.names:
            news[scope].append(msgspec.structs.replace(copy, names={**copy.names, station_id: name}))
    return sum(publish(scope, copies) for scope, copies in sorted(news.items()))
