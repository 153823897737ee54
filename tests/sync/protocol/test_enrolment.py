"""Enrolment codes and the technician's QR."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.enrolment import EnrolmentCodeError, make_code, make_qr_text, parse_code, parse_qr_text, shown_code


def test_made_codes_are_good_and_differ() -> None:
    codes = {make_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(parse_code(code) == code and len(code) == 10 for code in codes)
    assert not set("".join(codes)) & set("01OILUV")


def test_a_code_may_be_typed_in_lower_case_with_spaces_and_hyphens() -> None:
    code = make_code()
    assert parse_code(f" {code[:5].lower()}-{code[5:]} ") == code


@pytest.mark.parametrize("typed", [
    "7KQ2M 9XW4F", "7kq2m\u30009xw4f", "７ＫＱ２Ｍ　９ＸＷ４Ｆ", "7KQ2M–9XW4F", "7KQ2M—9XW4F\t\n", "7KQ2M\u200b9XW4F",
])
def test_a_code_is_taken_as_it_is_shown_and_as_keyboards_make_it(typed: str) -> None:
    assert parse_code(typed) == "7KQ2M9XW4F"
    assert shown_code("7KQ2M9XW4F") == "7KQ2M 9XW4F"


@given(st.integers(0, 9), st.sampled_from("23456789ABCDEFGHJKMNPQRSTWXYZ"))
def test_one_wrong_character_is_found(place: int, letter: str) -> None:
    code = make_code()
    wrong = code[:place] + letter + code[place + 1 :]
    if wrong != code:
        with pytest.raises(EnrolmentCodeError):
            parse_code(wrong)


@given(st.text(max_size=20))
def test_other_text_is_refused(text: str) -> None:
    try:
        assert len(parse_code(text)) == 10
    except EnrolmentCodeError as fault:
        assert fault.next_step  # noqa: PT017  # either is right


def test_a_qr_carries_office_and_code() -> None:
    code = make_code()
    text = make_qr_text("https://office.example:8443/yizhan", code)
    assert parse_qr_text(text) == ("https://office.example:8443/yizhan", code)


@pytest.mark.parametrize(
    "text",
    ["", "https://office.example", "yizhan:enrol", "yizhan:enrol?office=x", "yizhan:enrol?office=x&code=1",
     "yizhan:other?office=x&code=QJQ93TYJ82", "yizhan://[", "\0"],
)
def test_other_qr_texts_are_refused(text: str) -> None:
    with pytest.raises(EnrolmentCodeError):
        parse_qr_text(text)
