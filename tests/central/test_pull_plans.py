"""How the database finds what a station may pull: through its indexes, however much there is."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sync.central.core.models import Counter, Digest, Document, Station
from sync.central.core.publishing.documents import scopes_for
from sync.central.core.publishing.pulling import PAGE, pull

from .conftest import on_both_databases

pytestmark = [pytest.mark.django_db, on_both_databases]
STATION = Station(id="330502-01", region="330502")
COUNT = 12_000
BODY = "x" * 300


@pytest.fixture
def cursor() -> str:
    """A full office's; the cursor is at revision 0."""
    if connection.vendor == "postgresql":
        with connection.cursor() as rows:
            # What earlier tests took back lies in the tables still, and a plan depends on how large they are.
            rows.execute("TRUNCATE core_document, core_digest CASCADE")
    scopes = ["33", "3305", "", *(f"@330502-{number:04}" for number in range(1, 3_001))]
    # As it comes to be: region by region, then a great many for everybody, then each station's settings.
    Document.objects.bulk_create([
        Document(scope=scopes[max(rev - 9_000, min(rev // 1_000, 2))], type="title", key=str(rev), rev=rev, body=BODY)
        for rev in range(1, COUNT + 1)
    ])
    Digest.objects.bulk_create([
        Digest(scope=scope, type="title", count=1, digest="0" * 64, rev=COUNT) for scope in scopes
    ])
    Counter.objects.update(rev=COUNT, generation="g")
    with connection.cursor() as rows:
        rows.execute("ANALYZE")
    return "g.330502:0"


def plans(cursor: str, **floors: int) -> tuple[int, list[str]]:
    """How many documents came, and how each query went about it."""
    with CaptureQueriesContext(connection) as asked:
        found = len(pull(STATION, cursor, floors).documents)
    explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    texts: list[str] = []
    with connection.cursor() as rows:
        for query in asked.captured_queries:
            rows.execute(explain + query["sql"])
            texts.append("\n".join(str(row[-1]) for row in rows.fetchall()))
    return found, texts


def by_scope_and_rev(plan: str) -> bool:
    """Whether a plan reads one range of one index."""
    if connection.vendor == "postgresql":   # which may sort, if that is all there is in a scope
        return "document_order" in plan and "Seq Scan" not in plan and "Filter" not in plan
    return "SEARCH core_document USING INDEX" in plan and "scope=? AND rev>?" in plan and "B-TREE" not in plan


def by_scope(plan: str) -> bool:
    """Whether digests are read by their index."""
    if connection.vendor == "postgresql":
        return "digest_identity" in plan and "Seq Scan on core_digest" not in plan
    return "SEARCH d USING INDEX" in plan and "scope=?" in plan


@pytest.mark.parametrize("start", [0, 1_500, 8_900])
def test_a_page_is_read_from_the_index_of_each_scope(cursor: str, start: int) -> None:
    found, [head, *pages] = plans(cursor.replace(":0", f":{start}"))
    assert 0 < found <= PAGE
    assert by_scope(head), head
    assert 0 < len(pages) <= len(scopes_for(STATION))
    assert all(map(by_scope_and_rev, pages)), pages


def test_a_scope_below_its_floor_is_not_read(cursor: str) -> None:
    _, plain = plans(cursor)
    _, floored = plans(cursor, **{"": COUNT, "33": COUNT})
    assert len(plain) - len(floored) == 2


def test_who_has_everything_costs_one_query(cursor: str) -> None:
    found, asked = plans(cursor.replace(":0", f":{COUNT}"))
    assert (found, len(asked)) == (0, 1)
    assert by_scope(asked[0]), asked


def test_news_for_others_cost_one_query(cursor: str) -> None:
    Counter.objects.update(rev=COUNT + 1)
    found, asked = plans(cursor.replace(":0", f":{COUNT}"))
    assert (found, len(asked)) == (0, 1)
