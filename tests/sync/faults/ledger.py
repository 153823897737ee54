"""What a station's kiosk is known to have committed, kept outside everything that is being tested."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from sync.protocol.errors import WireError
from sync.protocol.events import decode_raw_entry


def fact_of(line: bytes) -> str:
    """What a journal line says, whatever its number: the same in every epoch it is carried into."""
    try:
        entry = decode_raw_entry(line)
    except WireError:
        return hashlib.sha256(line).hexdigest()
    return hashlib.sha256(entry.at.isoformat().encode() + bytes(entry.event)).hexdigest()


class Ledger:
    """A file with a line for each fact before it is appended, and one after; safe against kill -9."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def tries(self, fact: str) -> None:
        """About to be appended."""
        self._note("try", fact)

    def done(self, fact: str) -> None:
        """`append` has returned: a worker saw that it worked."""
        self._note("done", fact)

    def tried(self) -> set[str]:
        """Every fact that may exist."""
        return self._facts("try")

    def committed(self) -> set[str]:
        """Every fact that must exist."""
        return self._facts("done")

    def _note(self, word: str, fact: str) -> None:
        handle = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.write(handle, f"{word} {fact}\n".encode())
        os.close(handle)

    def _facts(self, word: str) -> set[str]:
        if not self._path.exists():
            return set()
        lines = (line.split() for line in self._path.read_text().splitlines())
        return {fact for said, fact in lines if said == word}
