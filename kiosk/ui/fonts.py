"""Faces: the Simplified Chinese one taken out of Noto CJK once, and the icon face.

`python -m kiosk.ui.fonts OUTDIR` writes the two files; set-up runs it. The collection's first face
draws Japanese forms of 直 骨 复, so the face is picked by its name record, never by its place.
"""

# The compiled names of uharfbuzz come without types.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.errors import FontsMissing

if TYPE_CHECKING:
    import uharfbuzz as harfbuzz

log = logging.getLogger(__name__)

FAMILY = "Yizhan"
ICONS = "YizhanIcons"
SOURCES = Path("/usr/share/fonts/opentype/noto")
FACE = "Noto Sans CJK SC"
HANGUL = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF))
FILES = {"Regular": "YizhanSans-Regular.otf", "Bold": "YizhanSans-Bold.otf"}
_NOT_FOR_SDL = ("BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx")    # tables that no text here is laid out with
PLACES = (Path("build/fonts"), Path("/usr/share/yizhan/fonts"))


def extract(out: Path, sources: Path = SOURCES) -> list[Path]:
    """Write the Simplified Chinese face of both weights into `out`; raises FontsMissing."""
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for weight, name in FILES.items():
        source = sources / f"NotoSansCJK-{weight}.ttc"
        if not source.exists():
            raise FontsMissing(f"没有 {source}，请装上：apt-get install fonts-noto-cjk")
        part = out / f"{name}.part"
        part.write_bytes(_trimmed(_face_of(source)))
        part.replace(out / name)
        written.append(out / name)
    return written


def _face_of(source: Path) -> harfbuzz.Face:
    """The face named FACE of a collection; raises FontsMissing."""
    import uharfbuzz as harfbuzz  # only set-up needs it  # noqa: PLC0415

    blob = harfbuzz.Blob.from_file_path(str(source))
    for place in range(harfbuzz.Face(blob).count):
        face = harfbuzz.Face(blob, place)
        if face.get_name(harfbuzz.OTNameIdPredefined.FONT_FAMILY) == FACE:
            return face
    raise FontsMissing(f"{source} 里没有 {FACE}")


def _trimmed(face: harfbuzz.Face) -> bytes:
    """Leave out Hangul and the forms that Chinese never asks for: half the glyphs, and half of the memory.

    Every type size on the screen costs the memory of all glyphs.
    """
    import uharfbuzz as harfbuzz  # noqa: PLC0415

    wanted = harfbuzz.SubsetInput()
    signs = (sign for sign in face.unicodes if not any(first <= sign <= last for first, last in HANGUL))
    wanted.unicode_set.update(signs)
    wanted.layout_feature_tag_set.clear()
    wanted.drop_table_tag_set.update(int.from_bytes(table.encode(), "big") for table in _NOT_FOR_SDL)
    return harfbuzz.subset(face, wanted).blob.data


def find_folder(wanted: Path | None) -> Path:
    """The folder that has both faces: the configured one, else a usual one; raises FontsMissing."""
    places = [wanted] if wanted else list(PLACES)
    for place in places:
        if all((place / name).is_file() for name in FILES.values()):
            return place
    looked = "、".join(str(place) for place in places)
    raise FontsMissing(f"{looked} 里没有 {'、'.join(FILES.values())}，请运行 python -m kiosk.ui.fonts {places[0]}")


def register(folder: Path) -> None:
    """Make the faces known to Kivy as FAMILY (with its bold) and ICONS."""
    from fonticon_mdi7 import MDI7  # noqa: PLC0415
    from kivy.core.text import LabelBase  # noqa: PLC0415

    regular, bold = (str(folder / name) for name in FILES.values())
    LabelBase.register(FAMILY, fn_regular=regular, fn_bold=bold)
    LabelBase.register(ICONS, fn_regular=MDI7.__font_file__)


def glyph(name: str) -> str:
    """The icon's character by its name (`hard-hat`); an unknown name gives a plain dot."""
    from fonticon_mdi7 import MDI7  # noqa: PLC0415

    found = getattr(MDI7, name.replace("-", "_"), None) if name else ""
    if not isinstance(found, str):
        log.debug("no icon named %s", name)
        found = MDI7.circle_medium
    return found[-1:]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command: write the faces into a folder."""
    parser = argparse.ArgumentParser(prog="python -m kiosk.ui.fonts", description="Take our face out of Noto CJK")
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--sources", type=Path, default=SOURCES, help="folder of the Noto CJK collections")
    given = parser.parse_args(arguments)
    try:
        for path in extract(given.outdir, given.sources):
            sys.stdout.write(f"{path}\n")
    except FontsMissing as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
