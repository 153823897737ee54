"""Health talks: words on the screen, films in a player of their own, stopped at once and resumed."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from sync.protocol.documents import Blob
from tests.flows.call_window import CallWindow, as_program
from tests.flows.conftest import FONTS, enrol
from tests.flows.scenes import consultation as scenes

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

STILL = (sys.executable, "-c", "import time; time.sleep(600)")


@pytest.fixture(scope="module")
def standing(display: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    """A kiosk that stands through all stories; its player is a program that may be taken away."""
    from tests.flows.kiosk import Kiosk

    folder = tmp_path_factory.mktemp("standing") / "station"
    folder.mkdir()
    enrol(folder)
    kiosk = Kiosk(folder, FONTS, player=(str(as_program(folder.with_name("player"), STILL)),))
    yield kiosk
    kiosk.close()


@pytest.fixture
def kiosk(standing: Kiosk, station: Path) -> Kiosk:
    """It, with a film that the agent has brought."""
    content = b"a film"
    film = Blob(hashlib.sha256(content).hexdigest(), len(content), "video/mp4")
    CallWindow(standing.folder).forget()
    standing.begin_anew(station)
    path = standing.store.blobs.path_of(film.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    standing.shows("home")
    standing.office.publishes(replace(scenes.CARD, kind="video", card="", blobs=(film,)))
    scenes.offered(standing)
    return standing


def test_a_card_is_read(kiosk: Kiosk) -> None:
    scenes.talk(kiosk)
    assert kiosk.says("早上多喝水")
    kiosk.tap("看别的")
    assert kiosk.shows("talks")


def test_a_film_plays_until_somebody_leaves(kiosk: Kiosk) -> None:
    kiosk.tap("健康讲座").tap("夏天防中暑")
    stage: Any = kiosk.app.stage
    kiosk.wait(lambda: stage.screen._player is not None and stage.screen._player.is_playing)
    player = stage.screen._player
    kiosk.pass_time(120)
    assert kiosk.screen == "talk", "who watches touches nothing"
    kiosk.tap("看别的")
    assert not player.is_playing


def test_without_a_player_it_says_so(kiosk: Kiosk) -> None:
    player = Path(kiosk.config.player[0])
    player.rename(player.with_suffix(".gone"))
    try:
        kiosk.tap("健康讲座").tap("夏天防中暑")
        assert kiosk.says("TALK-PLAYER")
    finally:
        player.with_suffix(".gone").rename(player)


def test_a_ring_stops_the_film(kiosk: Kiosk) -> None:
    window = CallWindow(kiosk.folder)
    kiosk.tap("看医生").tap("同意").tap("都没有").tap("不选")
    kiosk.wait(lambda: "hello" in window.kinds)
    assert next(said for said in window.heard if said["kind"] == "hello")["talks"][0]["title"] == "夏天防中暑"
    window.say("phase", phase="queue")
    window.say("watch", talk="heat", box=[0, 50, 360, 200])
    kiosk.wait(lambda: {"kind": "watching", "on": True} in window.heard)
    stage: Any = kiosk.app.stage
    player = stage.screen._playing[0]
    assert player.is_playing
    window.say("phase", phase="ring")
    kiosk.wait(lambda: {"kind": "watching", "on": False} in window.heard)
    assert not player.is_playing


@pytest.mark.skipif(shutil.which("mpv") is None, reason="mpv is not installed")
def test_the_real_player_stops_and_knows_where(display: str, tmp_path: Path) -> None:
    from kiosk.consultation.browser import Area
    from kiosk.consultation.player import Player
    from tests.fake_desk import wait_for

    film = tmp_path / "film.mkv"
    subprocess.run(
        ["mpv", "--no-config", "--really-quiet", f"--o={film}", "--ovc=mpeg4", "--length=20", "--oac=no", "--no-audio",
         "av://lavfi:testsrc=size=320x180:rate=10"],
        check=True, timeout=100,
    )
    player = Player(("mpv", "--ao=null"))
    player.play(film, Area(0, 0, 320, 180), from_s=9.0)
    wait_for(lambda: Path(player._socket).exists())
    at_s = player.stop()
    assert 5 <= at_s <= 19
    assert not player.is_playing
