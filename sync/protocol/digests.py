"""Digests of sets of documents, and of runs of journal lines.

Equal sets of documents have equal digests, in whatever order they were put together.

The digest of a set is the XOR of the SHA-256 of each `key NUL body`, so that taking one document in or
out costs one hash. It finds accidents, not forgeries: both sides trust the office. The revision is left
out of it, for after a restore the same documents may have other revisions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Final

from msgspec import Meta

Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
EMPTY: Final = 0


def toggled(digest: int, key: str, body: bytes) -> int:
    """The digest after this document was put in, or taken out again."""
    return digest ^ int.from_bytes(hashlib.sha256(key.encode() + b"\0" + body).digest())


def to_hex(digest: int) -> str:
    """64 hex digits, as it travels and is kept."""
    return f"{digest:064x}"


def from_hex(text: str) -> int:
    """The other way round; raises ValueError."""
    return int(text, 16)


def digest_of_span(digests: Iterable[str]) -> str:
    """The digest of a run of journal lines, from the digests of its lines in the order of their numbers."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()
