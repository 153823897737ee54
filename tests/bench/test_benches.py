"""The benches run, and give the rows they promise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import desk, herd, peers, sync, sync_round
from tests.bench.table import Row, Table

EVERY_ROUND = {
    "push-per-s", "pull-per-s", "incr-100-ms", "idle-bytes", "idle-server-cpu-ms", "wire-bytes-per-event",
    "projected-per-s", "first-sync-1k-s", "first-sync-1k-agent-growth-mb",
}


def by_name(rows: list[Row]) -> dict[str, float]:
    return {row.what: row.value for row in rows}


def test_a_round_measures_everything_that_is_promised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sync_round, "IDLES", 10)
    sizes = ["--count", "200", "--runs", "1", "--copies", "1000", "--documents", "0"]
    table = Table("sync", tmp_path)
    sync.measure(table, [*sizes, "--peers", "none", "--database", "sqlite"])
    found = by_name(table.rows)
    assert {f"{what} (SQLite)" for what in EVERY_ROUND} <= set(found)
    assert all(value > 0 for what, value in found.items() if "-cpu-" not in what)   # the kernel counts in 10 ms
    assert found["incr-requests (SQLite)"] == found["idle-requests (SQLite)"] == 1


def test_without_peers_ours_is_measured_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert peers.find_peers(tmp_path) == []
    assert "alone" in capsys.readouterr().out


def test_a_herd_comes_back_and_nothing_is_lost(postgres: object, tmp_path: Path) -> None:
    table = Table("herd", tmp_path)
    herd.measure(table, ["--stations", "20", "--outage", "300"])
    found = by_name(table.rows)
    assert found["events-told"] > 0
    assert not found["events-lost"] + found["events-doubled"] + found["refused-for-good"] + found["came-too-early"]
    assert {"peak-to-mean", "stations-per-core", "200000-stations-cores"} <= set(found)


def test_a_floor_of_desks_serves_everybody_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(desk, "_IDLE_S", 0.5)
    monkeypatch.setattr(desk, "_TALK_S", (0.0, 0.1))
    table = Table("desk", tmp_path)
    desk.measure(table, ["--doctors", "3", "--stations", "8"])
    found = by_name(table.rows)
    assert not found["lost"] + found["rung-twice"] + found["connected-twice"]
    assert {"ring-p95-ms", "waiting-cpu-us-per-s", "served-per-s", "server-peak-mb"} <= set(found)
    assert found["ring-p95-ms"] > 0


def test_what_was_measured_until_ctrl_c_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Table("half", tmp_path) as table:
        table.begin("the first", 3)
        table.add(Row("first-ms", 12.0, "ms", 5, "bare", 8.0))
        raise KeyboardInterrupt
    said = capsys.readouterr().out
    assert "the first, about 3 s" in said
    assert "first-ms 12.0 ms; bare 8.0 (1.50 x)" in said
    assert said.endswith("this is what there was\n")
    assert json.loads((tmp_path / "bench-half.json").read_text())[0]["peer_value"] == 8.0
