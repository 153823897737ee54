"""Files that documents need: brought last, proven, never at the cost of the journal."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.protocol.documents import Blob, Poster
from sync.protocol.events import CheckedIn
from sync.protocol.wire import BLOB_PATH
from sync.station import errors
from sync.station.facts import Standing
from sync.station.files.blobs import Blobs
from sync.station.files.download import RESERVE_BYTES
from tests.sync.station import agent_bench

NOW = agent_bench.NOW
WEEK_S = 8 * 86_400


class Bench(agent_bench.Bench):
    """An enrolled station beside an office with files."""

    def publishes(self, *files: bytes) -> list[Blob]:
        blobs = [Blob(hashlib.sha256(file).hexdigest(), len(file), "image/png") for file in files]
        for file, blob in zip(files, blobs, strict=True):
            self.office.files[BLOB_PATH + blob.sha256] = file
            self.office.publishes(Poster(poster=blob.sha256[:8], lines=("x",), blobs=(blob,)))
        return blobs

    def has(self, blob: Blob) -> bool:
        return self.store.blobs.find(blob.sha256) is not None

    def standing(self) -> Standing:
        return self.store.facts.find(Standing) or Standing()

    def next_turn(self, seconds: float = 60) -> None:
        self.clock.move(seconds)
        self.agent.turn()


@pytest.fixture
def bench(path: Path) -> Iterator[Bench]:
    found = Bench(path)
    yield found
    found.agent.close()
    found.store.close()


def put(blobs: Blobs, file: bytes, used_ago_s: float = 0) -> Blob:
    blob = Blob(hashlib.sha256(file).hexdigest(), len(file), "image/png")
    path = blobs.path_of(blob.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file)
    os.utime(path, (time.time() - used_ago_s,) * 2)
    return blob


def test_the_files_of_documents_are_there_after_a_turn(bench: Bench) -> None:
    blobs = bench.publishes(b"a" * 1_000, b"b" * 1_000)
    bench.agent.turn()
    found = bench.store.blobs.find(blobs[0].sha256)
    assert found
    assert found.read_bytes() == b"a" * 1_000
    assert all(map(bench.has, blobs))
    assert bench.standing().files_missing == 0


def test_files_wait_for_events_and_documents(bench: Bench) -> None:
    bench.publishes(b"a" * 1_000)
    for number in range(5):
        bench.store.journal.append(CheckedIn(checkin=f"c{number}", trade="t"), at=NOW)
    bench.agent.turn()
    assert len(bench.office.asked) == 1
    bench.office.fail_next(errors.OfficeUnreachable("x"))
    bench.publishes(b"b" * 1_000)
    bench.agent.turn()
    assert len(bench.office.asked) == 1


def test_a_cut_file_is_resumed_and_is_no_fault_of_the_exchange(bench: Bench) -> None:
    (blob,) = bench.publishes(b"a" * 1_000)
    bench.office.cuts = [320]
    bench.agent.turn()
    assert (bench.standing().failing, bench.standing().files_fault) == ("", "SYNC-LINE")
    assert (bench.standing().files_missing, bench.has(blob)) == (1, False)
    bench.next_turn(61)
    assert [start for _, start in bench.office.asked] == [0, 320]
    assert (bench.standing().files_fault, bench.has(blob)) == ("", True)


def test_a_large_file_on_a_bad_line_comes_in_many_pieces(bench: Bench) -> None:
    (blob,) = bench.publishes(b"a" * 10_000)
    bench.office.cuts = [640] * 15
    for _ in range(16):
        bench.next_turn(61)
    assert bench.has(blob)
    assert len(bench.office.asked) == 16


def test_an_office_that_gives_no_files_is_not_asked_for_each(bench: Bench) -> None:
    bench.publishes(*(bytes([number]) * 100 for number in range(9)))
    asked: list[str] = []

    def refuse(path: str, part: object) -> None:
        asked.append(path)
        raise errors.OfficeBusy("503", 900)

    bench.office.get_file = refuse  # type: ignore[method-assign]
    bench.agent.turn()
    assert len(asked) == 2
    assert (bench.standing().failing, bench.standing().files_fault) == ("", "SYNC-BUSY")
    for _ in range(3):
        bench.next_turn()
    assert len(set(asked)) == len(asked) == 8


def test_one_bad_file_blocks_no_other_and_is_asked_for_less_and_less(bench: Bench) -> None:
    bad, good = bench.publishes(b"bad" * 100, b"good" * 100)
    bench.office.files[BLOB_PATH + bad.sha256] = b"xyz" * 100
    for _ in range(120):
        bench.next_turn()
    assert bench.has(good)
    assert not bench.has(bad)
    assert bench.standing().files_missing == 1
    assert len([path for path, _ in bench.office.asked if bad.sha256 in path]) < 8
    bench.office.files[BLOB_PATH + bad.sha256] = b"bad" * 100
    bench.next_turn(86_400)
    assert bench.has(bad)


def test_a_file_deleted_or_damaged_by_hand_comes_back(bench: Bench) -> None:
    first, second = bench.publishes(b"a" * 500, b"b" * 500)
    bench.agent.turn()
    bench.store.blobs.path_of(first.sha256).unlink()
    bench.store.blobs.path_of(second.sha256).write_bytes(b"b")
    bench.next_turn()
    assert bench.store.blobs.path_of(first.sha256).read_bytes() == b"a" * 500
    assert bench.store.blobs.path_of(second.sha256).read_bytes() == b"b" * 500


def test_a_slice_that_is_over_leaves_the_rest_for_later(bench: Bench) -> None:
    blobs = bench.publishes(*(bytes([number]) * 640 for number in range(1, 9)))
    real = bench.office.get_file

    def slowly(path: str, part: object) -> None:
        bench.clock.move(20)
        real(path, part)  # type: ignore[arg-type]

    bench.office.get_file = slowly  # type: ignore[method-assign]
    assert 0 <= bench.agent.turn() <= 60
    brought = sum(map(bench.has, blobs))
    assert 0 < brought < 8
    bench.next_turn()
    assert sum(map(bench.has, blobs)) > brought


def test_a_full_disk_is_told_and_takes_no_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    (blob,) = bench.publishes(b"a" * 1_000)
    monkeypatch.setattr("sync.station.files.blobs.free_bytes", lambda _: RESERVE_BYTES + 999)
    bench.agent.turn()
    assert (bench.standing().files_fault, bench.has(blob), bench.office.asked) == ("DISK-LOW", False, [])
    monkeypatch.undo()
    bench.next_turn()
    assert bench.has(blob)


def test_what_nobody_needs_goes_first_then_what_was_long_unused(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs", quota_bytes=3_000)
    orphan = put(blobs, b"o" * 1_000)
    old = put(blobs, b"p" * 1_000, WEEK_S)
    used = put(blobs, b"q" * 1_000)
    needed = {old.sha256, used.sha256}
    first, second, third = (Blob(name * 64, 1_000, "") for name in "abc")
    assert blobs.make_room(first, needed)
    assert [blobs.lacks(blob) for blob in (orphan, old, used)] == [True, False, False]
    put(blobs, b"1" * 1_000)
    assert blobs.make_room(second, {*needed, hashlib.sha256(b"1" * 1_000).hexdigest()})
    assert [blobs.lacks(blob) for blob in (old, used)] == [True, False]
    put(blobs, b"2" * 1_000)
    # What is in use is not thrown out for something new: nothing would ever stay.
    everything = {path.name for path in (tmp_path / "blobs").glob("??/*")}
    assert not blobs.make_room(third, everything)
    assert not blobs.make_room(Blob("d" * 64, 3_001, ""), set())


def test_the_journals_share_of_the_disk_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = Blobs(tmp_path / "blobs")
    orphan, old, used = put(blobs, b"o" * 1_000), put(blobs, b"p" * 1_000, 60), put(blobs, b"q" * 1_000)
    monkeypatch.setattr("sync.station.files.blobs.free_bytes", lambda _: RESERVE_BYTES - 1_500)
    blobs.keep_reserve({old.sha256, used.sha256})
    assert [blobs.lacks(blob) for blob in (orphan, old, used)] == [True, True, False]


def test_the_journal_gets_its_share_back_without_a_line_too(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    (blob,) = bench.publishes(b"a" * 1_000)
    bench.agent.turn()
    for module in ("exchange.agent", "files.blobs"):
        monkeypatch.setattr(f"sync.station.{module}.free_bytes", lambda _: 0)
    bench.office.fail_next(errors.OfficeUnreachable("x"))
    bench.next_turn()
    assert not bench.has(blob)


def test_looking_for_a_file_keeps_it_young(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    blob = put(blobs, b"x", WEEK_S)
    path = blobs.find(blob.sha256)
    assert path
    assert time.time() - path.stat().st_mtime < 60
    for name in ("", "../../station.db", "A" * 64, "a" * 64):
        assert blobs.find(name) is None
