"""The benches run, and give the rows they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import herd, peers, sync, sync_round
from tests.bench.table import Row

EVERY_ROUND = {
    "push-per-s", "pull-per-s", "incr-100-ms", "idle-bytes", "idle-server-cpu-ms", "wire-bytes-per-event",
    "projected-per-s", "first-sync-1k-s", "first-sync-1k-agent-growth-mb",
}


def by_name(rows: list[Row]) -> dict[str, float]:
    return {row.what: row.value for row in rows}


def test_a_round_measures_everything_that_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_round, "IDLES", 10)
    sizes = ["--count", "200", "--runs", "1", "--copies", "1000", "--documents", "0"]
    found = by_name(sync.measure([*sizes, "--peers", "none", "--database", "sqlite"]))
    assert {f"{what} (SQLite)" for what in EVERY_ROUND} <= set(found)
    assert all(value > 0 for what, value in found.items() if "-cpu-" not in what)   # the kernel counts in 10 ms
    assert found["incr-requests (SQLite)"] == found["idle-requests (SQLite)"] == 1


def test_without_peers_ours_is_measured_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert peers.find_peers(tmp_path) == []
    assert "alone" in capsys.readouterr().out


def test_a_herd_comes_back_and_nothing_is_lost(postgres: object) -> None:
    found = by_name(herd.measure(["--stations", "20", "--outage", "300"]))
    assert found["events-told"] > 0
    assert not found["events-lost"] + found["events-doubled"] + found["refused-for-good"] + found["came-too-early"]
    assert {"peak-to-mean", "stations-per-core", "200000-stations-cores"} <= set(found)
