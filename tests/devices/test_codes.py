from __future__ import annotations

import logging
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import ean, isbn
from stdnum.exceptions import ValidationError

from devices.codes import (
    Code,
    CopyLabel,
    Isbn,
    MemberCode,
    Periodical,
    StationQr,
    Unknown,
    classify,
    format_label,
    make_label,
    parse_label,
)
from devices.errors import LabelError
from devices.frames import MAX_FRAME_BYTES

LABEL = "YZ00042172"
ISBN = "9787020002207"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"YZ00042172", CopyLabel(LABEL)),
        (b"yz00042172", CopyLabel(LABEL)),
        (b"YZ 0004217-2", CopyLabel(LABEL)),
        (b"]C0YZ00042172", CopyLabel(LABEL)),
        (b"\x02YZ00042172\x03", CopyLabel(LABEL)),
        (b"9787020002207", Isbn(ISBN)),
        (b"978-7-02-000220-7", Isbn(ISBN)),
        (b"ISBN 978-7-02-000220-7", Isbn(ISBN)),
        (b"ISBN:7-02-000220-X", Isbn(ISBN)),
        (b"702000220X", Isbn(ISBN)),
        (b"7-02-000220-x", Isbn(ISBN)),
        (b"]E09787020002207", Isbn(ISBN)),
        (b"]E3978702000220751299", Isbn(ISBN)),
        (b"978702000220705", Isbn(ISBN)),
        (b"9787020002207 51299", Isbn(ISBN)),
        (b"]E09770028083002", Periodical("9770028083002")),
        (b"977002808300212", Periodical("9770028083002")),
        (b"yizhan:enrol?office=https%3A%2F%2Fa.example&code=23456789AB", None),
        ("yizhan:course?name=短视频".encode(), StationQr("yizhan:course?name=短视频")),
        ("]Q3yizhan:course?name=短视频".encode("gb18030"), StationQr("yizhan:course?name=短视频")),
        ("\ufeffyizhan:course?id=7".encode(), StationQr("yizhan:course?id=7")),
    ],
)
def test_a_frame_is_known_for_what_it_is(frame: bytes, code: Code | None) -> None:
    assert classify(frame) == (code or StationQr(frame.decode()))


@pytest.mark.parametrize(
    ("frame", "raw"),
    [
        (b"", ""),
        (b" \x00\x1d ", ""),
        (b"YZ00042173", "YZ00042173"),          # wrong check character
        (b"YZ0004217", "YZ0004217"),
        (b"00042172", "00042172"),              # a keypad's way, not a scanner's
        (b"9787020002208", "9787020002208"),    # wrong check digit
        (b"6901234567892", "6901234567892"),    # a bottle of water
        (b"978702000", "978702000"),
        (b"https://example.org/yizhan:enrol?", "https://example.org/yizhan:enrol?"),
        (b"a\x00b\x1bc", "abc"),
        (b"\xff\xfe\xfd", None),
        (b"A" * 100, "A" * 64),
        ("图".encode() * 100, "图" * 64),
        ("九七八".encode(), "九七八"),
        ("９７８７０２０００２２０７".encode(), "９７８７０２０００２２０７"),
    ],
)
def test_anything_else_is_unknown(frame: bytes, raw: str | None) -> None:
    code = classify(frame)
    assert isinstance(code, Unknown)
    assert raw is None or code.raw == raw


def test_an_over_long_frame_is_unknown_whatever_it_begins_with() -> None:
    assert classify(b"yizhan:course?" + b"a" * MAX_FRAME_BYTES) == Unknown(("yizhan:course?" + "a" * 64)[:64])
    assert isinstance(classify(b"yizhan:course?" + b"a" * (MAX_FRAME_BYTES - 14)), StationQr)


def test_a_pattern_for_everything_leaves_our_own_codes_alone() -> None:
    assert classify(LABEL.encode(), ".*") == CopyLabel(LABEL)
    assert isinstance(classify(b"yizhan:course?a=1", ".*"), StationQr)


def test_a_member_code_comes_before_a_publication() -> None:
    assert classify(ISBN.encode(), r"\d{13}") == MemberCode(ISBN)
    assert classify("]Q1会员00000017".encode(), r"会员\d{8}") == MemberCode("会员00000017")


def test_a_member_pattern_matches_the_whole_code() -> None:
    assert classify(b"M12345678", r"M\d{4}") == Unknown("M12345678")
    assert classify(b"M" * 65, "M*") == Unknown("M" * 64)
    assert classify(b"", "M*") == Unknown("")


@pytest.mark.parametrize(
    "pattern", ["(", "[", "*", r"(?=a)a", r"(a)\1", "(?:(?:a{1000}){1000}){1000}", "a" * 300, "\udc80"]
)
def test_a_broken_member_pattern_means_no_members(pattern: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert classify(b"aaaa", pattern) == Unknown("aaaa")
    assert classify(ISBN.encode(), pattern) == Isbn(ISBN)
    assert "aaaa" not in caplog.text


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*)*b", "a*" * 100 + "b", "(?:a?){60}a{60}b"])
def test_a_hostile_member_pattern_cannot_hang(pattern: str) -> None:
    # 2 ** 64 steps for who tries them all: pytest-timeout would end this.
    assert classify(b"a" * 64, pattern) == Unknown("a" * 64)


@given(st.binary(max_size=2 * MAX_FRAME_BYTES), st.text(max_size=40))
@example(b"\x81\x30\x81", "")
@example(b"]", "")
@example(b"]E0]E0]E0", "")
def test_no_bytes_and_no_pattern_raise(frame: bytes, pattern: str) -> None:
    code = classify(frame, pattern)
    if isinstance(code, Unknown):
        assert len(code.raw) <= 64
        assert code.raw.isprintable()


@given(st.from_regex(r"(97[789])?[0-9]{9,10}([0-9]{2}|[0-9]{5})?[0-9X]?", fullmatch=True))
def test_publications_are_what_python_stdnum_says(digits: str) -> None:
    code = classify(digits.encode())
    core = digits[:13] if len(digits) in (15, 18) else digits
    try:
        expected: Code = Isbn(isbn.validate(core, convert=True)) if len(core) in (10, 13) else Unknown(digits)
    except ValidationError:
        is_periodical = len(core) == 13 and core.startswith("977") and ean.is_valid(core)
        expected = Periodical(core) if is_periodical else Unknown(digits)
    assert code == expected


@given(st.integers(0, 9_999_999))
def test_a_label_survives_printing_typing_and_scanning(number: int) -> None:
    label = make_label(number)
    assert parse_label(label) == parse_label(format_label(label)) == parse_label(label[2:].lower()) == label
    assert classify(label.encode()) == classify(format_label(label).encode()) == CopyLabel(label)


@given(st.integers(0, 9_999_999), st.integers(2, 9), st.sampled_from("0123456789X"))
def test_one_wrong_character_of_a_label_is_always_found(number: int, place: int, wrong: str) -> None:
    label = make_label(number)
    if label[place] == wrong or (wrong == "X" and place < 9):
        return
    mistyped = label[:place] + wrong + label[place + 1:]
    assert classify(mistyped.encode()) == Unknown(mistyped)
    with pytest.raises(LabelError, match="check character"):
        parse_label(mistyped)


@given(st.integers(0, 9_999_999), st.integers(2, 8))
def test_two_neighbours_swapped_are_always_found(number: int, place: int) -> None:
    label = make_label(number)
    swapped = label[:place] + label[place + 1] + label[place] + label[place + 2:]
    if swapped != label:
        with pytest.raises(LabelError):
            parse_label(swapped)


def test_a_label_may_be_typed_without_its_letters() -> None:
    assert parse_label("00042172") == parse_label(" 0004217 2 ") == parse_label("yz-0004217-2") == LABEL
    assert make_label(4217) == LABEL
    assert format_label(LABEL) == "YZ 0004217-2"


@pytest.mark.parametrize("text", ["", "YZ", "0004217", "000421722", "XY00042172", "YZ0004217Y", "YZ０００４２１７２"])
def test_text_that_is_no_label_is_refused_with_a_next_step(text: str) -> None:
    with pytest.raises(LabelError) as caught:
        parse_label(text)
    assert caught.value.next_step


@pytest.mark.parametrize("number", [-1, 10_000_000])
def test_a_number_that_fits_no_label_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="copy number"):
        make_label(number)


def test_personal_codes_do_not_show_in_logs() -> None:
    for code in (MemberCode("3305021234"), Unknown("3305021234"), StationQr("yizhan:enrol?code=3305021234")):
        assert "3305021234" not in f"{code} {code!r}"


@pytest.mark.parametrize("text", ["联通", "中国移动", "张三", "司机", "茅台", "驿站", "衣裳街", "司机，请扫码"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_is_read_as_chinese_whichever_way_it_was_written(text: str, encoding: str) -> None:
    assert classify(text.encode(encoding)) == Unknown(text)


@pytest.mark.parametrize("text", ["café", "يەنە", "Привет"])
def test_what_is_no_chinese_is_utf_8(text: str) -> None:
    assert classify(text.encode()) == Unknown(text)


def test_gb18030_that_is_also_valid_utf_8_is_the_likelier_chinese() -> None:
    frame = bytes.fromhex("cba7d3a1")   # 双印 … or ˧ӡ
    assert frame.decode("utf-8") == "˧ӡ"
    assert classify(frame) == Unknown(frame.decode("gb18030"))


@pytest.mark.parametrize("number", [
    "330502199001011234", "33050219900101123X", "330502 19900101 1234", "330502900101123",
    "13812345678", "138-1234-5678", "138 1234 5678", "+8613812345678", "+86 138 1234 5678",
    "0572-2345678", "(0572)2345678", "02187654321",
])
def test_numbers_of_people_are_not_kept(number: str) -> None:
    code = classify(f"ID:{number};".encode())
    assert isinstance(code, Unknown)
    assert not re.search(r"\d{4}", code.raw), code.raw
    assert "*" in code.raw
    assert isinstance(cut := classify(("x" * 60 + number).encode()), Unknown)
    assert not re.search(r"\d", cut.raw)


@pytest.mark.parametrize("code", ["6901234567892", "T0012345", "20231108", "1234567890123456"])
def test_numbers_of_things_are_kept(code: str) -> None:
    assert classify(code.encode()) == Unknown(code)
