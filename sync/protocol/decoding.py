"""Decoders by type, made one at a time.

msgspec learns a type when it first meets it, and a second thread that meets the half-learnt type then
crashes the process (seen with 0.22: a null pointer); what is learnt is safe to use from any thread.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}
_learning = threading.Lock()


def decoder_of(type_: type[T]) -> msgspec.json.Decoder[T]:
    """The one decoder of a type."""
    found = _decoders.get(type_)
    if found is None:
        with _learning:
            found = _decoders.setdefault(type_, msgspec.json.Decoder(type_))
    return found
