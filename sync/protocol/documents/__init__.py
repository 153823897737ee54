"""Documents: what the office publishes to stations, a module a service; each is replaced as a whole.

A document is named by (type, key) and carries a revision; a body of None is a tombstone.
"""

from __future__ import annotations

from .base import Blob, Document, blobs_of, decode_document, encode_document, files_of, key_of
from .books import Copy, Stamp, Title
from .consultations import Consulting, Talk
from .faults import Fault
from .posters import Poster
from .releases import Command, Pin, Release
from .stations import Amenity, Phone, StationSettings
from .visits import Member, Trade

# What is only handed on; a type stands in the list of all.
__all__ = [
    "Amenity", "Blob", "Phone", "Stamp", "blobs_of", "decode_document", "encode_document", "files_of", "key_of",
]

# All types there are, a line a service; what is not here is of no type this program knows.
_ALL: tuple[type[Document], ...] = (
    StationSettings,
    Trade, Member,
    Title, Copy,
    Poster,
    Fault,
    Consulting, Talk,
    Release, Pin, Command,
)
TYPES: dict[str, type[Document]] = {kind.type: kind for kind in _ALL}
