from __future__ import annotations

import logging
import stat
import wave
from pathlib import Path

import pytest

from kiosk.ui.sounds import FOLDER, Earcon, Sounds, main

NAMES: tuple[Earcon, ...] = ("done", "tick", "no")


def test_the_three_files_are_what_the_script_makes(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    made = [(tmp_path / f"{name}.wav").read_bytes() for name in NAMES]
    assert made == [(FOLDER / f"{name}.wav").read_bytes() for name in NAMES]
    assert len(set(made)) == 3


@pytest.mark.parametrize("name", NAMES)
def test_a_sound_is_short(name: Earcon) -> None:
    with wave.open(str(FOLDER / f"{name}.wav")) as file:
        assert file.getnframes() / file.getframerate() < 0.6


def test_without_a_sound_card_it_is_silent_and_says_so_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sounds = Sounds(cards=tmp_path / "none")
    with caplog.at_level(logging.INFO):
        sounds.play("done")
        sounds.play("no")
    assert [record.getMessage() for record in caplog.records] == ["no sounds: no sound card"]


def test_the_player_is_started_and_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    player = tmp_path / "aplay"
    player.write_text(f"#!/bin/sh\necho $2 >> {tmp_path}/played\nexec sleep 60\n")
    player.chmod(player.stat().st_mode | stat.S_IXUSR)
    cards = tmp_path / "cards"
    cards.write_text(" 0 [PCH   ]: HDA-Intel\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    sounds = Sounds(cards=cards)
    sounds.play("done")
    sounds.play("no")   # ends the first
    sounds.stop()
