"""The rows of a bench: printed as a table, and written to build/bench-NAME.json."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure; `value` is a median or the percentile that `what` names, `peer` what it is held against."""

    what: str
    value: float
    unit: str
    n: int
    peer: str = ""
    peer_value: float | None = None


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which `percent` of the values lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def publish(name: str, rows: Sequence[Row], folder: Path = Path("build")) -> None:
    """Print the rows, and write them where the next bench and the reader find them."""
    width = max((len(row.what) for row in rows), default=0)
    print(f"{'what':{width}} {'value':>10} {'unit':6} {'n':>6}  peer")
    for row in rows:
        peer = f"{row.peer} {row.peer_value:.1f}" if row.peer_value is not None else row.peer
        print(f"{row.what:{width}} {row.value:>10.1f} {row.unit:6} {row.n:>6}  {peer}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"bench-{name}.json").write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
