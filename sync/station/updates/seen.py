"""How the station is, as far as a new program is judged by it."""

from __future__ import annotations

from sync.protocol.trials import Seen
from sync.station.clock import Clock
from sync.station.facts import Drawn, Standing
from sync.station.store import Store


def look_before(store: Store, clock: Clock) -> Seen:
    """How it is before another program is tried: an office that does not answer now is not asked for afterwards."""
    standing = store.facts.find(Standing)
    return look(store, clock)._replace(is_office_reached=standing is not None and not standing.failing)


def look(store: Store, clock: Clock) -> Seen:
    """What was seen in this run of the machine."""
    boot = clock.boot_time().boot
    drawn, standing = store.facts.find(Drawn), store.facts.find(Standing)
    if drawn is not None and drawn.boot != boot:
        drawn = None
    return Seen(
        has_drawn=drawn is not None,
        scanners_answering=drawn.scanners_answering if drawn else 0,
        call=drawn.call if drawn else "untested",
        is_office_reached=standing is not None and standing.boot == boot,
    )
