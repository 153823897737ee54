from __future__ import annotations

import os
from pathlib import Path

import pytest
from fontTools.ttLib import TTCollection, TTFont

from kiosk.errors import FontsMissing
from kiosk.ui import fonts


@pytest.fixture(scope="module")
def folder() -> Path:
    """The faces as set-up made them."""
    return fonts.find_folder(Path(os.environ.get("YIZHAN_FONTS", "build/fonts")))


def test_every_chinese_character_is_there_and_hangul_is_not(folder: Path) -> None:
    for name in fonts.FILES.values():
        with TTFont(folder / name, lazy=True) as face:
            signs = face.getBestCmap() or {}
        codes = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
        gb2312 = "".join(code.decode("gb2312", "ignore") for code in codes)
        missing = [sign for sign in gb2312 + "㐂㙍𠮷鿍龥①℃〇￥" if ord(sign) not in signs]
        assert missing == []
        assert ord("한") not in signs


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
    assert fonts.glyph("__class__") == fonts.glyph("circle-medium")
    assert fonts.glyph("hard-hat") != fonts.glyph("no-such-icon")
