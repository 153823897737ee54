"""What people wrote is drawn as they wrote it: no sign of it is taken for a command, none vanishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sync.protocol.documents import StationSettings, Title
from tests.chance import tries
from tests.published import STATION, copy

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

AS_WRITTEN = [
    "数组 a[b]=c[i] 精讲", "[b][size=400]大[/size]", "[b]Zhan", "A&amp;B &bl;", "[/b][i]x[/i]", "{place} %s {}",
]
LACKING = {
    "Uyghur": "ئۇيغۇر", "Tibetan": "བོད", "Korean": "한국", "emoji": "😀", "private": "\ue000", "control": "\x01",
    "NUL": "\0", "no character": "\ufdd0", "half a pair": "\ud800",
}
WIDE = 3_000


def alpha(texture: Any) -> bytes:
    return bytes(texture.pixels[3::4])


def plain(words: str, *, bold: bool = False) -> bytes:
    """How the face draws these signs if nobody thinks about them."""
    from kivy.core.text import Label as CoreLabel

    from kiosk.ui import fonts

    label = CoreLabel(text=words, font_name=fonts.FAMILY, font_size=40, bold=bold)
    label.refresh()
    return alpha(label.texture)


def drawn(kiosk: Kiosk, words: str) -> list[bytes]:
    """How each kind of label draws them."""
    from kiosk.ui.widgets import Text, Word

    text = Text(words=words, font_size=40, size_hint=(None, None), width=WIDE)
    word = Word(text=words, font_size=40)
    for widget in (text, word):     # before their rules have said which size
        widget.font_size = 40
    kiosk.frames(3)
    text.text_size = (None, None)
    kiosk.frames(3)
    return [alpha(label.texture) for label in (text, word)]


@pytest.mark.parametrize("words", AS_WRITTEN)
def test_signs_that_look_like_marks_are_drawn_as_they_are(kiosk: Kiosk, words: str) -> None:
    assert drawn(kiosk, words) == [plain(words)] * 2


@settings(max_examples=tries(20), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=st.text(alphabet="[]/=b&;ampl 一{}%i", min_size=1, max_size=20).map(str.strip).filter(bool))
def test_whatever_is_made_of_marks_is_drawn_as_it_is(kiosk: Kiosk, words: str) -> None:
    assert drawn(kiosk, words) == [plain(words)] * 2


@pytest.mark.parametrize("sign", LACKING.values(), ids=LACKING)
def test_a_sign_the_face_lacks_is_a_box_and_what_follows_is_there(kiosk: Kiosk, sign: str) -> None:
    before, after = drawn(kiosk, "书"), drawn(kiosk, f"书{sign}书")
    for one, more in zip(before, after, strict=True):
        assert sum(map(bool, more)) > 2 * sum(map(bool, one))


def test_only_our_own_sentence_is_heavy(kiosk: Kiosk) -> None:
    from kiosk.ui.widgets import Text
    from kiosk.ui.words import marked

    network = "[b]Zhan[/b]\ufdd0&amp;"
    text = Text(words=marked("连[b]{name}[/b]", name=network), width=WIDE)
    kiosk.frames(3)
    assert text.text == "连[b]&bl;b&br;Zhan&bl;/b&br;□&amp;amp;[/b]"
    assert text.lines == ["连[b]Zhan[/b]□&amp;"]


def test_a_title_and_an_author_of_marks_are_on_the_screen_and_on_the_cover(kiosk: Kiosk) -> None:
    from kiosk.ui.frame import seen

    kiosk.office.publishes(
        Title(isbn="9787506365437", title="数组 a[b]=c[i]", author="A&amp;B"), copy("YZ0000001X", isbn="9787506365437"),
    )
    kiosk.scan("YZ0000001X")
    assert kiosk.says("数组 a[b]=c[i]")
    assert kiosk.says("A&amp;B 著")
    root: Any = kiosk.app.root
    written = ["".join(label.text.split()) for label in seen(root) if hasattr(label, "text_size")]
    assert written.count("数组a[b]=c[i]") == 2
    assert not any(label.markup for label in seen(root) if hasattr(label, "markup"))


def test_a_network_of_marks_is_shown_as_it_is(kiosk: Kiosk) -> None:
    known = kiosk.store.documents.get(StationSettings, STATION)
    kiosk.office.publishes(replace(known, wifi_name="[b]Zhan"))
    kiosk.pass_time(2).tap("WiFi 设施")
    assert kiosk.says("[b]Zhan")


def test_a_title_of_twenty_thousand_signs_is_laid_out_no_further_than_it_can_be_seen(kiosk: Kiosk) -> None:
    from kiosk.ui.frame import seen

    for title in ("长" * 20_000, "w" * 20_000, "（" * 20_000, "。" * 20_000):
        kiosk.office.publishes(
            Title(isbn="9787506365437", title=title, author=title, publisher=title),
            copy("YZ0000001X", isbn="9787506365437", stops=("330211-01", STATION), names={"330211-01": title}),
        )
        kiosk.scan("YZ0000001X")
        assert kiosk.shows("book")
        root: Any = kiosk.app.root
        assert sum(len(label.text) for label in seen(root) if hasattr(label, "text_size")) < 1_500
        assert kiosk.cut_off() == []
        kiosk.tap("首页" if kiosk.offers("首页") else "图书漂流")
