from __future__ import annotations

import pytest

from sync.central.core.models import Counter, Document, Station
from sync.central.core.publishing import EVERYBODY, PAGE, publish, scope_of_station, scopes_for, withdraw
from sync.central.core.stations import StationRefused, add_station
from sync.protocol.documents import Poster, StationSettings, Title, Trade

from .conftest import enrolled
from .fake_station import FakeStation

pytestmark = pytest.mark.django_db


def trade(code: str = "courier", name: str = "快递员") -> Trade:
    return Trade(trade=code, name=name, short=name, icon="moped")


def names(station: FakeStation) -> list[tuple[str, str, bool]]:
    """What one pull brings: type, key and whether there is a body."""
    return [(found.type, found.key, found.body is not None) for found in station.sync().documents]


def test_a_station_pulls_itself_its_regions_and_everybody(station: FakeStation) -> None:
    for scope in (EVERYBODY, "33", "3305", "330502", "330503", "65", "@330211-01"):
        publish(scope, [trade(f"in-{scope}")])
    assert {key for _, key, _ in names(station)} == {"330502-01", "in-", "in-33", "in-3305", "in-330502"}
    assert names(station) == []


def test_the_same_body_again_is_no_news(station: FakeStation) -> None:
    assert publish(EVERYBODY, [trade()]) == 1
    station.sync()
    assert publish(EVERYBODY, [trade()]) == 0
    assert names(station) == []
    assert publish(EVERYBODY, [trade(name="快递小哥")]) == 1
    assert names(station) == [("trade", "courier", True)]


def test_moved_to_another_scope_it_leaves_a_tombstone() -> None:
    here, there = enrolled(), enrolled("650102-01", "胜利路", "650102")
    publish("33", [trade()])
    here.sync(), there.sync()
    publish("65", [trade()])
    assert names(here) == [("trade", "courier", False)]
    assert names(there) == [("trade", "courier", True)]
    publish(EVERYBODY, [trade()])
    assert names(here) == [("trade", "courier", True)]
    assert names(there) == [("trade", "courier", False), ("trade", "courier", True)]


def test_moved_there_and_back_it_is_there(station: FakeStation) -> None:
    publish("33", [trade()])
    publish("65", [trade()])
    publish("33", [trade()])
    assert names(station)[-1] == ("trade", "courier", True)


def test_withdrawn_it_leaves_a_tombstone(station: FakeStation) -> None:
    publish(EVERYBODY, [trade()])
    station.sync()
    assert withdraw("trade", "courier")
    assert not withdraw("trade", "courier")
    assert names(station) == [("trade", "courier", False)]


def test_many_documents_come_page_by_page(station: FakeStation) -> None:
    publish(EVERYBODY, [Title(isbn=str(number), title="x") for number in range(2 * PAGE)])
    first, second, third = station.sync(), station.sync(), station.sync()
    assert [reply.receipt.more for reply in (first, second, third)] == [True, True, False]
    revs = [found.rev for reply in (first, second, third) for found in reply.documents]
    assert len(revs) == 2 * PAGE + 1
    assert revs == sorted(revs)


@pytest.mark.parametrize("cursor", [
    "", "nonsense", "other:1", ":", "{g}:-1", "{g}:x", "{g}:９", "{g}:999999", "{g}:" + "9" * 40,
])
def test_a_cursor_that_is_not_ours_means_everything(station: FakeStation, cursor: str) -> None:
    publish(EVERYBODY, [trade()])
    station.sync()
    reply = station.sync(cursor=cursor.replace("{g}", Counter.objects.get().generation))
    assert len(reply.documents) == 2


def test_after_a_restore_everything_comes_again(station: FakeStation) -> None:
    station.sync()
    Counter.objects.update(generation="restored")
    assert [key for _, key, _ in names(station)] == ["330502-01"]
    assert station.cursor.startswith("restored:")


def test_several_documents_take_several_revisions() -> None:
    publish(EVERYBODY, [trade("a"), trade("b"), Poster(poster="p", lines=("x",))])
    assert sorted(Document.objects.values_list("rev", flat=True)) == [1, 2, 3]
    assert Counter.objects.get().rev == 3


def test_scopes_of_a_station() -> None:
    assert scopes_for(Station(id="x-1", region="3305")) == [scope_of_station("x-1"), "", "3", "33", "330", "3305"]


@pytest.mark.parametrize("changes", [
    {"station": ""}, {"station": "a b"}, {"station": "x" * 33}, {"region": "33050"}, {"region": "浙江"}, {"name": " "},
    {"name": "x" * 65}, {"station": "330502-01"}, {"station": "a\n"}, {"name": "衣裳街\u202e"}, {"place": "\0"},
])
def test_a_station_that_cannot_be_is_refused(station: FakeStation, changes: dict[str, str]) -> None:
    fields = {"station": "330502-02", "name": "衣裳街", "place": "", "region": "330502", **changes}
    with pytest.raises(StationRefused):
        add_station(StationSettings(**fields))  # type: ignore[arg-type]
    assert Station.objects.count() == 1
