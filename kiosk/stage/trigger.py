"""What a scanner reads at one pull of its trigger: one thing with several codes, or one code of several lines. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from devices.codes import Code, Unknown, unknown_of


class Scan(NamedTuple):
    """One scan and what it is."""

    frame: bytes
    code: Code


class Trigger:
    """Gathers what comes at one pull, and says at its end what of it is a scan of its own."""

    def __init__(self) -> None:
        # Kinds that name the thing in the hand, and which other kinds are printed on it too.
        self.beside: dict[type, Collection[type]] = {}
        self._named: set[type] = set()
        self._others: list[Scan] = []

    def add(self, scan: Scan, *, is_again: bool) -> bool:
        """Something was read; True if it names a thing by itself and waits for nothing."""
        kind = type(scan.code)
        if kind in self.beside:
            self._named.add(kind)
            return True
        if not is_again:
            self._others.append(scan)
        return False

    def end(self) -> list[Scan]:
        """The pull is over: what else is to be done, in order."""
        covered = {kind for name in self._named for kind in self.beside[name]}
        others = [scan for scan in self._others if type(scan.code) not in covered]
        self._named.clear()
        self._others = []
        if len(others) > 1 and any(isinstance(scan.code, Unknown) for scan in others):
            # A licence or a contact: its lines are no codes, whatever each of them looks like.
            whole = b"\n".join(scan.frame for scan in others)
            return [Scan(whole, unknown_of(whole))]
        return others
