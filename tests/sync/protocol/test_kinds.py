"""The two lists of all kinds: nothing that a module defines is left out."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from sync.protocol import documents, events


def defined_in(package: ModuleType, base: type) -> Iterator[type]:
    """The subclasses of `base` that the modules of a package define."""
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, base) and kind is not base:
                yield kind


def test_every_event_is_in_the_union() -> None:
    assert set(defined_in(events, events.Event)) == set(events.AnyEvent.__args__)


def test_every_document_is_in_the_list_under_its_own_type() -> None:
    assert set(defined_in(documents, documents.Document)) == set(documents.TYPES.values())
    assert "" not in documents.TYPES
