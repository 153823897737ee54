from __future__ import annotations

import os

import pytest

os.environ.setdefault("KIVY_NO_ARGS", "1")
os.environ.setdefault("KIVY_NO_CONFIG", "1")
os.environ.setdefault("KIVY_NO_FILELOG", "1")
os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")

from kiosk.lending.clc import shown_class
from kiosk.lending.cover import COLOURS, DESIGNS, design_of, headline
from kiosk.lending.journey import shown_stops
from kiosk.lending.labels import spoken_label
from tests.kiosk.contrast import contrast


@pytest.mark.parametrize("colour", COLOURS)
def test_letters_on_a_cover_can_be_read(colour: str) -> None:
    ground, _accent, letters = COLOURS[colour]
    assert contrast(ground, letters) >= 4.5


def test_a_book_always_has_the_same_cover() -> None:
    assert design_of("", "I247.5", "9787506365437") == design_of("", "I247.5", "9787506365437")
    assert design_of("navy-band", "I247.5", "9787506365437") == ("navy", "band")
    assert design_of("navy-nonsense", "", "")[0] == "navy"


def test_covers_differ() -> None:
    shown = {design_of("", "I247.5", f"97875063654{number:02}") for number in range(60)}
    assert {design for _colour, design in shown} == set(DESIGNS)


def test_the_bracketed_part_of_a_title_is_set_small() -> None:
    assert headline("平凡的世界（全三部）") == ("平凡的世界", "全三部")
    assert headline("三体") == ("三体", "")


def test_classes_are_named() -> None:
    assert shown_class("I247.5") == "I247.5 小说"
    assert shown_class("I565.4") == "I565.4 小说"
    assert shown_class("I267") == "I267 散文"
    assert shown_class("TP301") == "TP301 计算机"
    assert shown_class("") == ""


def test_a_long_journey_shows_its_beginning_and_its_end() -> None:
    assert shown_stops(["甲", "乙"]) == ["甲", "这里"]
    assert shown_stops(list("甲乙丙丁戊己")) == ["甲", "…", "丁", "戊", "这里"]
    assert shown_stops(list("甲乙丙丁戊己"), most=3) == ["甲", "…", "这里"]
    assert shown_stops([]) == []


def test_a_journey_that_ends_elsewhere_does_not_say_here() -> None:
    assert shown_stops(["甲", "乙"], ends_here=False) == ["甲", "乙"]


def test_a_label_is_shown_as_printed() -> None:
    assert spoken_label("YZ0004217X") == "YZ 0004217-X"
    assert spoken_label("?") == "?"
