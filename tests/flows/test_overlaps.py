from __future__ import annotations

from tests.flows.overlaps import Box, collisions, hard_to_hit

LINK = Box("已联网", 1609, 1005, 1704, 1037)
TIME = Box("14:26", 1758, 1000, 1871, 1040)


def test_buttons_that_grow_into_the_bar_above_are_found() -> None:
    # Five copies one above the other in landscape, as they once stood.
    column = [Box(f"copy {place}", 1268, 202 + place * 170, 1871, 350 + place * 170) for place in range(5)]
    found = collisions([LINK, TIME, Box("copy 4", 1425, 930, 1735, 970)], column)
    assert found == ["'已联网' lies over the button 'copy 4'", "'14:26' lies over the button 'copy 4'"]


def test_a_title_over_the_headline_is_found() -> None:
    headline, title = Box("借好了", 248, 830, 470, 900), Box("智能风控", 368, 800, 1120, 850)
    assert collisions([headline, title], []) == ["'借好了' lies over '智能风控'"]


def test_words_on_their_own_button_and_beside_another_are_fine() -> None:
    button, beside = Box("完成", 100, 100, 400, 250), Box("再借一本", 430, 100, 730, 250)
    words = [Box("完成", 180, 150, 320, 200), Box("再借一本", 480, 150, 680, 200), Box("hint", 100, 40, 400, 100)]
    assert collisions(words, [button, beside]) == []


def test_small_and_crowded_targets_are_found() -> None:
    one, small = Box("one", 0, 0, 100, 100), Box("small", 110, 0, 140, 100)
    assert hard_to_hit([one, small], side=54, gap=22) == [
        "'small' is 30×100, not 54 each way", "'one' and 'small' are 10 apart, not 22",
    ]
    assert hard_to_hit([one, Box("other", 122, 0, 222, 100)], side=54, gap=22) == []
