from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.config import Config, from_command_line
from kiosk.errors import ConfigError


def write(folder: Path, text: str) -> Path:
    path = folder / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_anything_it_is_the_default(tmp_path: Path) -> None:
    assert from_command_line([], tmp_path / "missing.toml") == Config()


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, 'data = "/srv/a"\nsize = "1920x1080"\nscanners = ["/dev/ttyACM0"]\ndpi = 69\n')
    config = from_command_line(["--config", str(path), "--data", "/srv/b", "--scanner", "x", "--scanner", "y"])
    assert config.data == Path("/srv/b")
    assert config.size == (1920, 1080)
    assert config.scanners == ("x", "y")
    assert config.dpi == 69.0
    assert config.database == Path("/srv/b/station.db")


def test_every_fault_is_listed_and_a_near_name_is_offered(tmp_path: Path) -> None:
    path = write(tmp_path, 'scaners = []\nsize = "big"\nfullscreen = "yes"\nlog_level = "LOUD"\n')
    with pytest.raises(ConfigError) as caught:
        from_command_line(["--config", str(path), "--dpi", "5"])
    faults = caught.value.detail.splitlines()
    assert len(faults) == 5
    assert faults[0] == f"{path}：不认识 scaners，是不是 scanners"
    assert faults[-1] == "命令行：dpi = 5.0 不对，要写20 到 600 的数，或 0"


@pytest.mark.parametrize("text", ["size = ", "\udcff".encode("utf-8", "surrogateescape").decode("latin-1") + "= ="])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"kiosk\.toml"):
        from_command_line(["--config", str(write(tmp_path, text))])


def test_a_wrong_configuration_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(tmp_path / "none.toml")]) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path}/none.toml：找不到" in said
    assert "KIOSK-CONFIG" in said
    assert_is_chinese(said)


def test_missing_fonts_end_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--fonts", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "字体没有装好" in said
    assert "KIOSK-FONTS" in said


@pytest.mark.parametrize("text", [
    'scaners = []\nsize = "big"\nfullscreen = "yes"\nlog_level = "LOUD"\ndpi = 5\ncall_port = -1\nbrowser = []',
    'size = "10x10"\nscanners = 3\ndata = 7', "size = ",
])
def test_whoever_starts_the_screen_is_told_in_one_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert main(["--config", str(write(tmp_path, text))]) == 2
    assert_is_chinese(capsys.readouterr().err.replace(str(tmp_path), ""))


def test_its_options_are_explained_in_one_language(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert_is_chinese(capsys.readouterr().out)


def assert_is_chinese(said: str) -> None:
    """No two English words stand together: what is left of English are names."""
    assert re.search("[\u4e00-\u9fff]", said)
    assert re.findall(r"\b[a-z]{2,} [a-z]{2,}\b", said) == []
