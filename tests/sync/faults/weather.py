"""What the line does to each request, decided by (seed, line, number of the request) and by nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import Final, NamedTuple


class Fault(NamedTuple):
    """What happens to one request; `amount` is bytes, seconds or requests, as the name says."""

    name: str
    amount: float = 0


FAIR: Final = Fault("fair")
# Name, and the least and most of its amount.
FAULTS: Final[dict[str, tuple[float, float]]] = {
    "cut-before-office": (0, 0),        # the office never saw it
    "half-request": (0.05, 0.95),       # this share of the request reaches the office, then the line is cut
    "reply-lost": (0, 0),               # the office committed, the station hears nothing
    "half-reply": (0.05, 0.95),         # this share of the reply arrives
    "repeated": (0, 0),                 # the same signed bytes twice; the first answer counts
    "repeated-second": (0, 0),          # … the second answer counts
    "late": (1, 4),                     # given up by the station, told to the office this many requests later
    "late-copy": (1, 4),                # answered, and told once more this many requests later
    "slow": (0.02, 0.2),                # seconds each way
    "up-cut": (0, 0),                   # the station talks, nobody hears; the line stays open
    "down-cut": (0, 0),                 # the office hears and answers, the station waits in vain
    "portal-200": (0, 0),               # a captive portal's page
    "portal-302": (0, 0),
    "portal-511": (0, 0),
    "firewall-403": (0, 0),
    "busy-429": (0, 0),
    "busy-429-retry-after": (1, 600),
    "busy-503": (0, 0),
    "busy-503-retry-after": (1, 600),
    "gateway-502": (0, 0),
    "timeout-408": (0, 0),
    "too-large-413": (1000, 3000),      # this many bytes pass, more do not
    "garbage-gzip": (0, 0),             # a 200 of the right type that is no gzip
    "garbage-json": (0, 0),             # good gzip of nonsense
    "bit-rot-up": (0, 1),               # one bit of the request's body turned, at this share
    "bit-rot-down": (0, 1),             # … of the reply's body
}


class Weather:
    """Faults of one line; a seed gives the same ones again."""

    def __init__(self, seed: int | str, line: str, *, share: float = 0.3, only: Sequence[str] = ()) -> None:
        self._seed = f"{seed}/{line}"
        self._share = share
        self._names = tuple(only) or tuple(FAULTS)

    def fault_of(self, number: int) -> Fault:
        """What happens to the n-th request of this line, 1 for the first."""
        # A storm lasts: requests of one spell are hit by the same fault.
        spell = Random(f"{self._seed}/spell/{number // 6}")
        if spell.random() < self._share / 5:
            return self._pick(spell)
        own = Random(f"{self._seed}/{number}")
        return self._pick(own) if own.random() < self._share else FAIR

    def _pick(self, random: Random) -> Fault:
        name = random.choice(self._names)
        least, most = FAULTS[name]
        return Fault(name, random.uniform(least, most))


class Ordered(Weather):
    """Fair, but for the faults that are ordered while it goes on, from the process that made it or a child."""

    def __init__(self) -> None:
        super().__init__(0, "ordered")
        self._orders, self._desk = os.pipe()
        os.set_blocking(self._orders, False)
        self._waiting: list[Fault] = []
        self._half = b""

    def order(self, faults: Sequence[Fault]) -> None:
        """The next requests meet these."""
        for fault in faults:
            os.write(self._desk, f"{fault.name} {fault.amount}\n".encode())

    def fault_of(self, number: int) -> Fault:
        """The oldest that was ordered."""
        with suppress(BlockingIOError):
            lines = (self._half + os.read(self._orders, 65_536)).split(b"\n")
            self._half = lines.pop()
            orders = (line.decode().split() for line in lines)
            self._waiting += [Fault(name, float(amount)) for name, amount in orders]
        return self._waiting.pop(0) if self._waiting else FAIR

    def close(self) -> None:
        """Take no more."""
        os.close(self._orders)
        os.close(self._desk)

