"""The house as it stands: no circle, no arrow back up, nothing too long. docs/contributing.md, Layout."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.house.graph import (
    EXCUSE,
    Graph,
    Imports,
    arrows_across,
    arrows_up,
    circles,
    imports_of,
    read_sources,
    too_long,
)

ROOT = Path(__file__).resolve().parents[2]
SOURCES = read_sources(ROOT, "kiosk", "devices", "sync")
PACKAGES = {name for name in SOURCES if (ROOT / name.replace(".", "/")).is_dir()}

# From above to below. What comes into kiosk/ or sync/central/ as a folder is a room or an app, without a line here.
ROOM: Final = r"kiosk\.(?!stage\b|ui\b)(?P<room>\w+)\..+"
KIOSK: Final = (
    r"kiosk\.__main__", r"kiosk\.app", r"kiosk\.parts", ROOM, r"kiosk\.stage\b.*", r"kiosk\.ui\b.*", r"kiosk\.\w+",
    r"sync\.station\b.*", r"sync\.protocol\b.*",
)
_FOLDERS = "|".join(name.split(".")[2] for name in SOURCES if re.fullmatch(r"sync\.central\.\w+\.apps", name))
APP: Final = rf"sync\.central\.(?!core\b|office\b)(?P<room>{_FOLDERS})\b.*"
OFFICE: Final = (
    rf"sync\.central(?!\.(?:{_FOLDERS})\b).*",     # what puts the office together
    APP, r"sync\.central\.office\b.*", r"sync\.central\.core\b.*", r"sync\.protocol\b.*",
)
GROUND: Final = (r"kiosk\b.*|sync\.station\b.*|sync\.central\b.*", r"devices\b.*|sync\.protocol\b.*")


@pytest.fixture(scope="module")
def imports() -> Imports:
    return imports_of(SOURCES, PACKAGES)


@pytest.fixture(scope="module")
def running(imports: Imports) -> Graph:
    """Who imports whom when the program runs."""
    return imports.running


@pytest.fixture(scope="module")
def everything(imports: Imports) -> Graph:
    """Who imports whom, even if only for types."""
    return {name: imports.running[name] | imports.typing[name] for name in SOURCES}


def test_the_graph_is_not_empty(running: Graph) -> None:
    assert {"kiosk.lending.room", "kiosk.home.room"} <= running["kiosk.parts"]
    assert "sync.central.library.following" in running["sync.central.library.apps"], "within a function"
    assert {"core", "office", "library"} <= set(_FOLDERS.split("|"))


def test_no_module_reaches_itself_again(running: Graph, everything: Graph) -> None:
    assert circles(running) == []
    assert circles(everything) == [], "not even for types"


@pytest.mark.parametrize("layers", [KIOSK, OFFICE, GROUND], ids=["kiosk", "office", "ground"])
def test_no_arrow_points_back_up(everything: Graph, layers: tuple[str, ...]) -> None:
    assert arrows_up(everything, layers) == []


@pytest.mark.parametrize("room", [ROOM, APP], ids=["kiosk", "office"])
def test_no_room_knows_another(everything: Graph, room: str) -> None:
    assert arrows_across(everything, room) == []


def test_nothing_is_too_long_to_be_read_at_once() -> None:
    assert too_long(SOURCES) == []


MADE_UP: Final = {
    "kiosk": "",
    "kiosk.app": "from kiosk.parts import ROOMS",
    "kiosk.parts": "def open():\n    return [import_module(f'kiosk.{name}.room') for name in NAMES]",
    "kiosk.ui.theme": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from kiosk.stage import base",
    "kiosk.stage.base": "import kiosk.ui.theme",
    "kiosk.tea.room": "from kiosk.stage.base import Room",
    "kiosk.soup.room": "from ..stage import base",
}


def graphs(**changed: str) -> tuple[Graph, Graph]:
    sources = MADE_UP | {name.replace("__", "."): source for name, source in changed.items()}
    return imports_of(sources, {"kiosk"})


def test_imports_are_found_wherever_they_stand() -> None:
    running, typing = graphs()
    assert running["kiosk.parts"] == {"kiosk.tea.room", "kiosk.soup.room"}
    assert running["kiosk.soup.room"] == {"kiosk.stage.base"}
    assert running["kiosk.ui.theme"] == set()
    assert typing["kiosk.ui.theme"] == {"kiosk.stage.base"}


def test_a_circle_is_found() -> None:
    running, _ = graphs()
    assert circles(running) == []
    running, _ = graphs(kiosk__ui__theme="def late():\n    from kiosk.tea import room")
    assert circles(running) == [["kiosk.stage.base", "kiosk.tea.room", "kiosk.ui.theme"]]


def test_an_arrow_up_is_found() -> None:
    running, typing = graphs()
    assert arrows_up(running, KIOSK) == []
    assert arrows_up(typing, KIOSK) == ["kiosk.ui.theme → kiosk.stage.base"]
    running, _ = graphs(kiosk__stage__base="from kiosk.tea.room import ROOM", kiosk__tea__room="import kiosk.app")
    assert arrows_up(running, KIOSK) == ["kiosk.stage.base → kiosk.tea.room", "kiosk.tea.room → kiosk.app"]
    made_up: Graph = {"sync.central.core.stations": {"sync.central.library.models"}}
    assert arrows_up(made_up, OFFICE) == ["sync.central.core.stations → sync.central.library.models"]


def test_an_arrow_between_rooms_is_found() -> None:
    running, _ = graphs(kiosk__soup__room="from kiosk.tea.room import ROOM")
    assert arrows_across(running, ROOM) == ["kiosk.soup.room → kiosk.tea.room"]


def test_what_is_too_long_is_found_unless_it_says_why() -> None:
    long_function = "def long():\n" + "    x = 1\n" * 45
    long_class = "class Long:\n" + "    x = 1\n" * 200
    long_module = "x = 1\n" * 301
    assert too_long({"a": long_function, "b": long_class, "c": long_module}) == [
        "a.long: 46 lines", "b.Long: 201 lines", "c: 301 lines",
    ]
    assert too_long({"a": f'"""A table.\n\n{EXCUSE}one row a bird.\n"""\n{long_function}'}) == []
    assert too_long({"a": long_function.replace("    x = 1\n", "", 1), "c": "x = 1\n" * 300}) == []
