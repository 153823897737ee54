"""The rows of a bench: each printed when it is measured, all as a table at the end, and in build/bench-NAME.json."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

IS_QUICK: Final = bool(os.environ.get("QUICK"))     # every row, from a small sample, within three minutes


@dataclass(frozen=True)
class Row:
    """One figure; `value` is a median or the percentile that `what` names, `peer` what it is held against."""

    what: str
    value: float
    unit: str
    n: int
    peer: str = ""
    peer_value: float | None = None

    def __str__(self) -> str:
        return f"{self.what} {self.value:.1f} {self.unit}".rstrip() + (f"; {self.beside}" if self.peer else "")

    @property
    def beside(self) -> str:
        """The peer, its figure, and how many times that is."""
        if self.peer_value is None:
            return self.peer
        times = f" ({self.value / self.peer_value:.2f} x)" if self.peer_value else ""
        return f"{self.peer} {self.peer_value:.1f}{times}"


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which `percent` of the values lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


class Table:
    """The rows of one bench as they come; what there is, is published when the block ends, by Ctrl-C too."""

    def __init__(self, name: str, folder: Path = Path("build")) -> None:
        self.rows: list[Row] = []
        self._name = name
        self._folder = folder
        self._begun_s = time.monotonic()

    def __enter__(self) -> Table:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> bool:
        publish(self._name, self.rows, self._folder)
        if kind is KeyboardInterrupt:
            print("bench: stopped; this is what there was", flush=True)
        return kind is KeyboardInterrupt

    def begin(self, what: str, about_s: float) -> None:
        """Say what is measured now, and how long it will take."""
        print(f"bench: {time.monotonic() - self._begun_s:4.0f} s: {what}, about {about_s:.0f} s", flush=True)

    def add(self, *rows: Row) -> None:
        """Say what was measured."""
        for row in rows:
            print(f"bench:   {row}", flush=True)
        self.rows += rows


def publish(name: str, rows: Sequence[Row], folder: Path = Path("build")) -> None:
    """Print the rows, and write them where the next bench and the reader find them."""
    width = max((len(row.what) for row in rows), default=0)
    print(f"{'what':{width}} {'value':>10} {'unit':6} {'n':>6}  peer, and how many times its figure")
    for row in rows:
        print(f"{row.what:{width}} {row.value:>10.1f} {row.unit:6} {row.n:>6}  {row.beside}".rstrip())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"bench-{name}.json").write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
