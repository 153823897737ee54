from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTCollection, TTFont

from kiosk.errors import FontsMissing
from kiosk.ui import fonts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fonts")
    fonts.extract(folder)
    return folder


def test_the_face_is_the_simplified_chinese_one(folder: Path) -> None:
    for name in fonts.FILES.values():
        with TTFont(folder / name) as face:
            assert face["name"].getBestFamilyName() == "Noto Sans CJK SC"


@pytest.mark.parametrize("sign", "直骨复")
def test_characters_have_their_chinese_form(folder: Path, sign: str) -> None:
    source = fonts.SOURCES / "NotoSansCJK-Regular.ttc"
    with TTCollection(str(source), lazy=True) as collection, TTFont(folder / fonts.FILES["Regular"]) as ours:
        japanese = (collection.fonts[0].getBestCmap() or {})[ord(sign)]
        assert (ours.getBestCmap() or {})[ord(sign)] != japanese


def test_the_configured_folder_is_used(folder: Path) -> None:
    assert fonts.find_folder(folder) == folder


def test_missing_faces_are_told_with_the_command_that_makes_them(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match=r"python -m kiosk\.ui\.fonts"):
        fonts.find_folder(tmp_path)


def test_missing_sources_are_told_with_the_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fonts.main([str(tmp_path / "out"), "--sources", str(tmp_path)]) == 1
    assert "fonts-noto-cjk" in capsys.readouterr().err


def test_icons_are_found_by_name() -> None:
    assert len(fonts.glyph("hard-hat")) == 1
    assert fonts.glyph("no-such-icon") == fonts.glyph("circle-medium")
    assert fonts.glyph("hard-hat") != fonts.glyph("no-such-icon")
