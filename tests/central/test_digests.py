"""The digests kept beside the documents, against a count of all documents."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.apps import apps
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.central.core.models import Counter, Digest, Document
from sync.central.core.publishing.documents import EVERYBODY, publish, recount, withdraw
from sync.protocol.digests import EMPTY, to_hex, toggled
from sync.protocol.documents import Poster, Trade
from tests.chance import tries

from .conftest import on_both_databases

pytestmark = [pytest.mark.django_db, on_both_databases]


class Held(NamedTuple):
    """What a digest row says."""

    count: int
    digest: str
    rev: int


def kept() -> dict[tuple[str, str], Held]:
    rows = Digest.objects.values_list("scope", "type", "count", "digest", "rev")
    return {(scope, type_): Held(*held) for scope, type_, *held in rows}


def counted() -> dict[tuple[str, str], Held]:
    found: dict[tuple[str, str], Held] = defaultdict(lambda: Held(0, to_hex(EMPTY), 0))
    for row in Document.objects.all():
        before = found[row.scope, row.type]
        count, digest = before.count, int(before.digest, 16)
        if row.body is not None:
            count, digest = count + 1, toggled(digest, row.key, row.body.encode())
        found[row.scope, row.type] = Held(count, to_hex(digest), max(before.rev, row.rev))
    return dict(found)


_SCOPES = st.sampled_from([EVERYBODY, "33", "3305", "@330502-01"])
_DOCUMENT = st.one_of(
    st.builds(Trade, trade=st.sampled_from("abc"), name=st.sampled_from("快递"), short=st.just("x"), icon=st.just("y")),
    st.builds(Poster, poster=st.sampled_from("ab"), lines=st.sampled_from([("x",), ("y", "\0")])),
)
_STEPS = st.lists(max_size=12, elements=st.one_of(
    st.tuples(_SCOPES, st.lists(_DOCUMENT, max_size=5)),
    st.tuples(st.sampled_from(["trade", "poster"]), st.sampled_from("abc")),
))


@given(_STEPS)
@settings(max_examples=tries(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_digests_stay_true_through_publishing_moving_and_withdrawing(
    steps: list[tuple[str, list[Trade | Poster] | str]]
) -> None:
    with transaction.atomic():
        for name, what in steps:
            if isinstance(what, str):
                withdraw(name, what)
            else:
                publish(name, what)
            assert kept() == counted()
        assert Counter.objects.get().rev == max((held.rev for held in kept().values()), default=0)
        transaction.set_rollback(True)


def test_a_great_many_are_published_in_pieces() -> None:
    trades = [Trade(trade=str(number % 1_500), name=str(number), short="x", icon="y") for number in range(2_500)]
    assert publish(EVERYBODY, iter(trades)) == 2_500
    assert kept() == counted()
    assert kept()["", "trade"].count == 1_500
    assert publish("33", trades[1_000:]) == 1_500
    assert kept() == counted()
    assert publish("33", []) == 0


def test_what_fails_half_way_leaves_nothing() -> None:
    def two_thousand_and_a_fault() -> Iterator[Trade]:
        yield from (Trade(trade=str(number), name="b", short="x", icon="y") for number in range(2_000))
        raise LookupError

    publish(EVERYBODY, [Trade(trade="1", name="a", short="x", icon="y")])
    before = kept()
    with pytest.raises(LookupError):
        publish("33", two_thousand_and_a_fault())
    assert kept() == before == counted()


def test_what_was_published_before_there_were_digests_is_counted() -> None:
    publish(EVERYBODY, [Trade(trade=code, name=code, short="x", icon="y") for code in "abc"])
    publish("33", [Trade(trade="a", name="a", short="x", icon="y"), Poster(poster="p", lines=("x",))])
    withdraw("poster", "p")
    Digest.objects.all().delete()
    step = importlib.import_module("sync.central.core.migrations.0004_documents_digests_snapshots_blobs")
    step.fill_digests(apps, None)
    assert kept() == counted()
    assert kept()["33", "poster"].count == 0


def test_a_hand_in_the_database_is_found_by_counting_anew() -> None:
    publish(EVERYBODY, [Trade(trade=code, name=code, short="x", icon="y") for code in "abc"])
    publish("33", [Poster(poster="p", lines=("x",))])
    Document.objects.filter(key="a").update(body="{}")
    Document.objects.filter(key="p").delete()
    assert kept() != counted()
    recount()
    assert kept() == counted()
    assert ("33", "poster") not in kept()
