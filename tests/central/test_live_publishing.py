"""Publishing by several at once while a station pulls, and the commands around it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.central.core.publishing import snapshots
from sync.protocol.digests import EMPTY, to_hex, toggled
from tests.bench.publishing import publish_to

from .fake_station import FakeStation
from .live import LiveOffice, station_of


def digest_of(bodies: dict[str, bytes]) -> str:
    digest = EMPTY
    for key, body in bodies.items():
        digest = toggled(digest, key, body)
    return to_hex(digest)


def take_page(station: FakeStation, held: dict[str, bytes]) -> bool:
    """Pull once; whether there is more."""
    reply = station.sync()
    for found in reply.documents:
        if found.type == "copy":
            held[found.key] = bytes(found.body or b"")
    return reply.receipt.more


def test_a_station_misses_nothing_of_what_several_publish_at_once(
    tmp_path: Path, make_database: Callable[[], str]
) -> None:
    with LiveOffice(tmp_path, database_url=make_database(), projector=False) as office:
        office.add_station("330502-01")
        station, held = station_of(office, "330502-01"), dict[str, bytes]()
        # The same names too: what one wrote, the other replaces.
        publishers = [
            threading.Thread(target=publish_to, args=(office, kind, first, 6_000))
            for kind, first in (("copies", 1), ("pages", 3_001))
        ]
        for publisher in publishers:
            publisher.start()
        while any(publisher.is_alive() for publisher in publishers):
            take_page(station, held)
        for publisher in publishers:
            publisher.join()
        while take_page(station, held):
            pass
        restart = station.sync(cursor="").receipt.restart
        assert restart is not None
        [copies] = [offer.digests["copy"] for offer in restart.scopes if offer.scope == ""]
        assert (copies.count, copies.digest) == (9_000, digest_of(held))


def test_commands_for_files_and_moves_say_what_they_did(tmp_path: Path) -> None:
    office = LiveOffice(tmp_path / "office")
    office.add_station("330502-01")
    assert office.run("snapshot") == "新做了 0 个快照"
    assert office.run("blob", "list") == ""
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8\xff\xe0 picture")
    assert "image/jpeg  12  picture.jpg" in office.run("blob", "add", str(picture))
    assert "未用  picture.jpg" in office.run("blob", "list")
    assert office.run("blob", "clean") == "删除了 0 个文件"
    assert office.run("blob", "clean", "--days", "0") == "删除了 1 个文件"
    office.run("station", "move", "330502-01", "--region", "650102")
    assert office.rows("SELECT region FROM core_station") == [("650102",)]
    picture.write_bytes(b"<html>")
    for arguments, words in (
        (["blob", "add", str(picture)], "只能用"),
        (["blob", "add", str(tmp_path / "nowhere")], "nowhere"),
        (["blob", "clean", "--days", "-1"], "不能小于 0"),
        (["station", "move", "330502-02", "--region", "65"], "没有编号"),
        (["station", "move", "330502-01", "--region", "6"], "行政区划"),
    ):
        with pytest.raises(RuntimeError, match=words):
            office.run(*arguments)


@pytest.mark.django_db
def test_snapshots_are_kept_new_through_faults_until_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, times = threading.Event(), list[datetime]()

    def refresh(now: datetime) -> int:
        times.append(now)
        if len(times) == 1:
            raise OSError("disk full")
        stop.set()
        return 0

    monkeypatch.setattr(snapshots, "refresh_snapshots", refresh)
    monkeypatch.setattr(snapshots, "_PERIOD_S", 0.001)
    keeper = threading.Thread(target=snapshots.keep_snapshots, args=(stop,))
    keeper.start()
    keeper.join(60)
    assert not keeper.is_alive()
    assert len(times) == 2
    assert times[0] <= times[1] <= datetime.now(UTC)
