"""What one scanned frame is: member, copy label, ISBN, periodical, QR of ours, or unknown. Pure.

A copy label is `YZ`, seven digits and a check character (ISO 7064 mod 11-2, may be X): YZ00042172,
printed as `YZ 0004217-2`.
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol

import re2  # pyright: ignore[reportMissingTypeStubs]  # google-re2 ships none
from stdnum import ean, isbn
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

from .errors import LabelError
from .frames import MAX_FRAME_BYTES
from .personal import without_numbers_of_people

logger = logging.getLogger(__name__)

MAX_RAW_CHARS: Final = 64
MAX_LABEL_NUMBER: Final = 9_999_999
_MAX_PATTERN_CHARS: Final = 256
_MAX_PATTERN_BYTES: Final = 1 << 20    # memory of a compiled pattern

_AIM: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_LABEL: Final = re.compile(r"(?:YZ)?([0-9]{7})([0-9X])")
_BOOK: Final = re.compile(r"(?:ISBN[ :]*)?([0-9][0-9 -]*[0-9X])", re.IGNORECASE)
_ACCENTED: Final = re.compile(r"[A-Za-z][\u00C0-\u024F]|[\u00C0-\u024F][A-Za-z]")    # café
_CHINESE: Final = 0.7   # this share of common signs makes a text Chinese
_STATION_QR: Final = ("yizhan:enrol?", "yizhan:course?")


# Member codes, one-time codes and unknown scans may be personal: no repr, so no log, shows them.
@dataclass(frozen=True, slots=True)
class MemberCode:
    """A union member's code, as the office's pattern knows it."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CopyLabel:
    """The label of one copy, `YZ00042172`."""

    label: str


@dataclass(frozen=True, slots=True)
class Isbn:
    """A title's number, 13 digits."""

    isbn13: str


@dataclass(frozen=True, slots=True)
class Periodical:
    """A periodical's EAN-13, beginning with 977."""

    code: str


@dataclass(frozen=True, slots=True)
class StationQr:
    """A QR of ours: `yizhan:enrol?…` or `yizhan:course?…`."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else: its printable part without numbers of people, at most 64 characters."""

    raw: str = field(repr=False)


Code = MemberCode | CopyLabel | Isbn | Periodical | StationQr | Unknown


def classify(frame: bytes, member_pattern: str = "") -> Code:
    """What a frame is; never raises. `member_pattern` is what a whole member code matches, empty for no members."""
    text = _text_of(frame[: MAX_FRAME_BYTES + 1])
    if len(frame) > MAX_FRAME_BYTES:
        return _unknown(text)
    # A pattern too broad, `.*`, must not make a visitor of every book.
    ours = _find_label(text) or _find_station_qr(text)
    if ours is None and _is_member(text, member_pattern):
        return MemberCode(text)
    return ours or _find_publication(text) or _unknown(text)


def unknown_of(frame: bytes) -> Unknown:
    """A frame of which it is known that it is no code of ours."""
    return _unknown(_text_of(frame))


def make_label(number: int) -> str:
    """The label of a copy's number, 0 to 9,999,999; raises ValueError outside."""
    if not 0 <= number <= MAX_LABEL_NUMBER:
        raise ValueError(f"copy number {number} is not within 0 and {MAX_LABEL_NUMBER}")
    digits = f"{number:07d}"
    return f"YZ{digits}{mod_11_2.calc_check_digit(digits)}"


def parse_label(text: str) -> str:
    """The label in `text` as `YZ00042172`; case, spaces, hyphens and a missing YZ do not matter. Raises LabelError."""
    parts = _LABEL.fullmatch(_squeeze(text))
    if parts is None:
        raise LabelError("label", "not seven digits and a check character")
    digits = parts[1] + parts[2]
    if not mod_11_2.is_valid(digits):
        raise LabelError("label", "wrong check character")
    return f"YZ{digits}"


def format_label(label: str) -> str:
    """A label as it is printed, `YZ 0004217-2`; raises LabelError."""
    digits = parse_label(label)[2:]
    return f"YZ {digits[:7]}-{digits[7]}"


def _text_of(frame: bytes) -> str:
    """A frame's characters without AIM identifier and without control characters around them."""
    text = _strip(_decode(frame))
    aim = _AIM.match(text)
    return _strip(text[aim.end():]) if aim else text


def _decode(frame: bytes) -> str:
    readings: list[str] = []
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            readings.append(frame.decode(encoding))
    # Of two readings that are as Chinese as each other the first: UTF-8.
    return max(readings, key=_chinese) if readings else frame.decode("utf-8", errors="ignore")


def _chinese(text: str) -> float:
    """How much of what is not plain ASCII is common Chinese, 0 to 1; letters of one word are not torn apart."""
    others = [char for char in text if not char.isascii()]
    if not others or _ACCENTED.search(text):
        return 1.0
    share = sum(_is_common(char) for char in others) / len(others)
    return share if share >= _CHINESE else 0.0


def _is_common(char: str) -> bool:
    """Whether a sign is of the first level of GB 2312 or Chinese punctuation."""
    code = char.encode("gb2312", errors="ignore")
    return len(code) == 2 and (code[0] in (0xA1, 0xA3) or 0xB0 <= code[0] <= 0xD7)


def _strip(text: str) -> str:
    """Text without the spaces and unprintable characters at both ends: STX, ETX, FNC1, byte order mark."""
    kept = [index for index, char in enumerate(text) if char.isprintable() and not char.isspace()]
    return text[kept[0]: kept[-1] + 1] if kept else ""


def _squeeze(text: str) -> str:
    return "".join(text.split()).replace("-", "").upper()


def _unknown(text: str) -> Unknown:
    # Numbers of people are taken out of the whole first: half of one is not known for what it is.
    kept = "".join(char for char in without_numbers_of_people(text) if char.isprintable())
    return Unknown(kept[:MAX_RAW_CHARS])


def _find_label(text: str) -> CopyLabel | None:
    # Eight bare digits on a scanned code are a grocery's EAN-8; only a person leaves the YZ out.
    if text[:2].upper() != "YZ":
        return None
    try:
        return CopyLabel(parse_label(text))
    except LabelError:
        return None


def _find_publication(text: str) -> Isbn | Periodical | None:
    book = _BOOK.fullmatch(text)
    if book is None:
        return None
    digits = _squeeze(book[1])
    if len(digits) in (15, 18):     # EAN-13 and its add-on of two or five digits
        digits = digits[:13]
    try:
        if len(digits) == 13 and digits.startswith("977"):
            return Periodical(ean.validate(digits))
        if len(digits) in (10, 13):
            return Isbn(isbn.validate(digits, convert=True))
    except ValidationError:
        pass
    return None


def _find_station_qr(text: str) -> StationQr | None:
    return StationQr(text) if text.startswith(_STATION_QR) else None


def _is_member(text: str, member_pattern: str) -> bool:
    if not member_pattern or not text or len(text) > MAX_RAW_CHARS:
        return False
    pattern = _compile(member_pattern)
    return pattern is not None and pattern.fullmatch(text) is not None


class _Pattern(Protocol):
    def fullmatch(self, text: str) -> object | None: ...


@lru_cache(maxsize=8)
def _compile(member_pattern: str) -> _Pattern | None:
    """The office's pattern, or None if it cannot be used; warns once.

    Compiled by RE2, which cannot backtrack: `(a+)+b` hangs Python's own engine at 40 characters.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_PATTERN_BYTES
    try:
        if len(member_pattern) <= _MAX_PATTERN_CHARS:
            pattern: _Pattern = re2.compile(member_pattern, options)  # pyright: ignore[reportUnknownMemberType]
            return pattern
    except (re2.error, UnicodeEncodeError):  # pyright: ignore[reportUnknownMemberType]
        pass
    logger.warning("the member pattern cannot be used: no scan is treated as a member's")
    return None
