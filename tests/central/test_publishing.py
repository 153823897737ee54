from __future__ import annotations

import pytest

from sync.central.core.models import Counter, Document, Station
from sync.central.core.publishing.documents import (
    EVERYBODY,
    find_published,
    publish,
    scope_of_station,
    scopes_for,
    withdraw,
)
from sync.central.core.publishing.pulling import PAGE, PAGE_BYTES
from sync.central.core.stations import StationRefused, add_station, move_station, offer_service
from sync.protocol.documents import Poster, StationSettings, Title, Trade

from .conftest import enrolled, on_both_databases
from .fake_station import FakeStation

pytestmark = [pytest.mark.django_db, on_both_databases]


def trade(code: str = "courier", name: str = "快递员") -> Trade:
    return Trade(trade=code, name=name, short=name, icon="moped")


def names(station: FakeStation) -> list[tuple[str, str, bool]]:
    """What pulling brings: type, key and whether there is a body."""
    return [(found.type, found.key, found.body is not None) for found in station.pull()]


def test_a_station_pulls_itself_its_regions_and_everybody(station: FakeStation) -> None:
    for scope in (EVERYBODY, "33", "3305", "330502", "330503", "65", "@330211-01"):
        publish(scope, [trade(f"in-{scope}")])
    assert {key for _, key, _ in names(station)} == {"330502-01", "in-", "in-33", "in-3305", "in-330502"}
    assert names(station) == []


def test_the_same_body_again_is_no_news(station: FakeStation) -> None:
    assert publish(EVERYBODY, [trade()]) == 1
    station.pull()
    assert publish(EVERYBODY, [trade()]) == 0
    assert names(station) == []
    assert publish(EVERYBODY, [trade(name="快递小哥")]) == 1
    assert names(station) == [("trade", "courier", True)]


def test_moved_to_another_scope_it_leaves_a_tombstone() -> None:
    here, there = enrolled(), enrolled("650102-01", "胜利路", "650102")
    publish("33", [trade()])
    here.pull(), there.pull()
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
    station.pull()
    assert withdraw("trade", "courier")
    assert not withdraw("trade", "courier")
    assert names(station) == [("trade", "courier", False)]


def test_many_documents_come_page_by_page(station: FakeStation) -> None:
    publish(EVERYBODY, [Title(isbn=str(number), title="x") for number in range(2 * PAGE)])
    station.sync()
    replies = [station.sync(), station.sync(), station.sync()]
    assert [reply.receipt.more for reply in replies] == [True, True, False]
    revs = [found.rev for reply in replies for found in reply.documents]
    assert len(revs) == 2 * PAGE + 1
    assert revs == sorted(revs)


def test_a_page_of_long_documents_is_shorter(station: FakeStation) -> None:
    publish(EVERYBODY, [Title(isbn=str(number), title="x" * (PAGE_BYTES // 10)) for number in range(25)])
    station.sync()
    pages = [station.sync().documents for _ in range(3)]
    assert [len(page) for page in pages] == [10, 9, 7]
    publish(EVERYBODY, [Title(isbn="huge", title="x" * PAGE_BYTES)])
    assert names(station) == [("title", "huge", True)]


@pytest.mark.parametrize("cursor", [
    "", "nonsense", "other.330502:1", ":", ".:", "{g}:1", "{g}.:1", "{g}.3305:1", "{g}.330502:-1", "{g}.330502:x",
    "{g}.330502:", "{g}.330502:９", "{g}.330502:999999", "{g}.330502:" + "9" * 40,
])
def test_a_cursor_that_is_not_ours_starts_again(station: FakeStation, cursor: str) -> None:
    publish(EVERYBODY, [trade()])
    station.pull()
    generation = Counter.objects.get().generation
    reply = station.sync(cursor=cursor.replace("{g}", generation))
    assert reply.receipt.restart is not None
    assert (reply.documents, reply.receipt.more, station.cursor) == ([], True, f"{generation}.330502:0")
    assert len(station.pull()) == 2


def test_a_restart_says_what_every_scope_of_the_station_holds(station: FakeStation) -> None:
    publish(EVERYBODY, [trade("a"), trade("b"), Poster(poster="p", lines=("x",))])
    publish("3305", [trade("c")])
    publish("65", [trade("d")])
    withdraw("poster", "p")
    restart = station.sync().receipt.restart
    assert restart is not None
    assert restart.rev == 7
    counts = {offer.scope: {type_: held.count for type_, held in offer.digests.items()} for offer in restart.scopes}
    assert counts == {"@330502-01": {"station": 1}, "": {"trade": 2}, "33": {}, "3305": {"trade": 1}, "330502": {}}


def test_after_a_restore_everything_comes_again(station: FakeStation) -> None:
    station.pull()
    Counter.objects.update(generation="restored")
    assert [key for _, key, _ in names(station)] == ["330502-01"]
    assert station.cursor.startswith("restored.330502:")


def test_a_scope_gives_only_what_is_above_its_floor(station: FakeStation) -> None:
    publish(EVERYBODY, [trade("a"), trade("b")])
    publish("33", [trade("c"), trade("d")])
    floors = {"": 2, "33": 5, "65": 0, "nonsense": 2**61, "@330502-02": 1}
    station.sync()
    assert [found.key for found in station.pull(floors=floors)] == ["330502-01", "b"]
    publish(EVERYBODY, [trade("a", "外卖")])
    assert [found.key for found in station.pull(floors=floors)] == ["a"]


def test_many_floors_or_odd_ones_are_refused(station: FakeStation) -> None:
    for floors in ({str(number): 1 for number in range(17)}, {"": -1}, {"": 2**63}, {"x" * 34: 1}):
        assert station.sync(floors=floors).refusal.code == "header"


def test_an_idle_exchange_moves_the_cursor_to_the_head(station: FakeStation) -> None:
    station.pull()
    publish("65", [trade("a"), trade("b")])
    assert names(station) == []
    assert station.cursor.endswith(".330502:3")


def test_a_moved_station_starts_again_with_the_documents_of_its_new_region(station: FakeStation) -> None:
    publish("33", [trade("here")])
    publish("65", [trade("there")])
    station.pull()
    move_station("330502-01", "650102")
    restart = station.sync().receipt.restart
    assert restart is not None
    assert [offer.scope for offer in restart.scopes] == ["@330502-01", "", "65", "6501", "650102"]
    assert {key for _, key, _ in names(station)} == {"330502-01", "there"}
    [settings] = find_published(StationSettings)
    assert (settings.region, settings.name) == ("650102", "衣裳街")
    assert names(station) == []


@pytest.mark.parametrize(("name", "region"), [("330502-02", "33"), ("330502-01", "3"), ("330502-01", "浙江")])
def test_a_move_to_nowhere_is_refused(station: FakeStation, name: str, region: str) -> None:
    with pytest.raises(StationRefused):
        move_station(name, region)
    assert Station.objects.get().region == "330502"


def test_a_station_offers_a_service_from_its_next_exchange(station: FakeStation) -> None:
    offer_service("330502-01", "consultation")
    offer_service("330502-01", "consultation")
    [settings] = find_published(StationSettings)
    assert settings.services == ("checkin", "drift", "consultation")
    assert "330502-01" in {key for _, key, _ in names(station)}
    offer_service("330502-01", "consultation", on=False)
    assert find_published(StationSettings)[0].services == ("checkin", "drift")


@pytest.mark.parametrize(("name", "service"), [("330502-02", "consultation"), ("330502-01", "Doctor by video")])
def test_a_service_that_is_none_is_refused(station: FakeStation, name: str, service: str) -> None:
    with pytest.raises(StationRefused):
        offer_service(name, service)


def test_several_documents_take_several_revisions() -> None:
    publish(EVERYBODY, [trade("a"), trade("b"), Poster(poster="p", lines=("x",))])
    assert sorted(Document.objects.values_list("rev", flat=True)) == [1, 2, 3]
    assert Counter.objects.get().rev == 3


def test_scopes_of_a_station() -> None:
    assert scopes_for(Station(id="x-1", region="3305")) == [scope_of_station("x-1"), "", "33", "3305"]


@pytest.mark.parametrize("changes", [
    {"station": ""}, {"station": "a b"}, {"station": "x" * 33}, {"region": "33050"}, {"region": "浙江"}, {"name": " "},
    {"name": "x" * 65}, {"station": "330502-01"}, {"station": "a\n"}, {"name": "衣裳街\u202e"}, {"place": "\0"},
])
def test_a_station_that_cannot_be_is_refused(station: FakeStation, changes: dict[str, str]) -> None:
    fields = {"station": "330502-02", "name": "衣裳街", "place": "", "region": "330502", **changes}
    with pytest.raises(StationRefused):
        add_station(StationSettings(**fields))  # type: ignore[arg-type]
    assert Station.objects.count() == 1
