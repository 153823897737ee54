"""What an office has published, put straight into a station's store, for tests without an office."""

from __future__ import annotations

import msgspec

from sync.protocol.documents import (
    Copy,
    Document,
    Member,
    Poster,
    StationSettings,
    Title,
    Trade,
    encode_document,
    key_of,
)
from sync.protocol.wire import Published
from sync.station.store import Identity, Store

STATION = "330502-01"
IDENTITY = Identity(station=STATION, name="衣裳街", office="http://127.0.0.1:9", install="test", epoch="epoch-1")
MEMBER_KEY = "00112233445566778899aabbccddeeff"


class PublishedDocuments:
    """Publishes to one store, revision after revision, as the agent would have written it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rev = 0

    def publishes(self, *documents: Document) -> None:
        """Put these documents in the store in one transaction."""
        lines = []
        for document in documents:
            self._rev += 1
            lines.append(Published(document.type, key_of(document), self._rev, msgspec.Raw(encode_document(document))))
        epoch = self._store.facts.identity().epoch
        self._store.absorb(epoch, 0, [], lines, f"test:{self._rev}")

    def publishes_a_town(self) -> None:
        """Settings, two trades, a poster, two titles and four copies."""
        self.publishes(
            settings(),
            Trade(trade="food_delivery", name="外卖配送员", short="外卖配送", icon="moped", order=1),
            Trade(trade="courier", name="快递员", short="快递", icon="package-variant-closed", order=2),
            Trade(trade="other", name="其他", short="其他", icon="account-group", order=9),
            Poster(poster="rest", lines=("进来歇歇脚",), note="今天已有 {visits} 位劳动者在这里休息", icon="cup-water"),
            Title(isbn="9787506365437", title="活着", author="余华", publisher="作家出版社", year=2012, clc="I247.5"),
            Title(isbn="9787536692930", title="三体", author="刘慈欣", publisher="重庆出版社", year=2008, clc="I247.5"),
            copy("YZ0000001X"),
            copy("YZ00000028"),
            copy("YZ00000036", isbn="9787536692930"),
            copy("YZ00000044", isbn="9787536692930", station="330211-01"),
        )


def settings(**changes: object) -> StationSettings:
    """This station's settings, changed as wanted."""
    plain = StationSettings(station=STATION, name="衣裳街", place="新享驿站", region="330502")
    return msgspec.structs.replace(plain, **changes)


def copy(label: str, **changes: object) -> Copy:
    """A copy of 活着 on this station's shelf, changed as wanted."""
    names = {STATION: "衣裳街", "330211-01": "暖新驿站"}
    plain = Copy(label=label, isbn="9787506365437", station=STATION, names=names)
    return msgspec.structs.replace(plain, **changes)


def member(digest: str, trade: str = "courier") -> Member:
    """A union member by hash."""
    return Member(member=digest, trade=trade)
