"""What a service shows, a module a service: `WAYS` to its screens, and `SCENES` worth a picture."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

Scene = Callable[["Kiosk"], object]


def ways() -> dict[str, Scene]:
    """Screen → how a worker gets there."""
    return {screen: way for module in _modules() for screen, way in getattr(module, "WAYS", {}).items()}


def scenes() -> list[tuple[str, Scene]]:
    """What pictures are made of, and the name of each."""
    return [
        (f"{module.__name__.rpartition('.')[2]}-{number:02}-{scene.__name__}", scene)
        for module in _modules()
        for number, scene in enumerate(getattr(module, "SCENES", []), 1)
    ]


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(__path__, f"{__name__}."):
        yield importlib.import_module(found.name)
