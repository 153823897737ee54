"""Putting titles and labelled copies into the drift."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from sync.central.core.publishing.documents import EVERYBODY, publish
from sync.protocol import documents as docs
from sync.protocol.documents import encode_document

from .following import refold
from .models import Copy, Title


@transaction.atomic
def add_titles(titles: Sequence[docs.Title]) -> None:
    """Publish titles to everybody; one known already is replaced."""
    Title.objects.bulk_create(
        [Title(isbn=title.isbn, title=title.title, author=title.author) for title in titles],
        update_conflicts=True,
        unique_fields=["isbn"],
        update_fields=["title", "author"],
        batch_size=200,
    )
    publish(EVERYBODY, titles)


@transaction.atomic
def add_copies(copies: Sequence[docs.Copy]) -> None:
    """Catalogue labelled copies and publish them where their events, if any, say they are."""
    Copy.objects.bulk_create(
        [
            Copy(
                label=copy.label,
                title_id=copy.isbn or None,
                scope=EVERYBODY,
                catalogued=encode_document(copy).decode(),
                status=copy.status,
                station_id=copy.station or None,
            )
            for copy in copies
        ],
        batch_size=200,
    )
    refold([copy.label for copy in copies])
