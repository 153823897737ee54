"""A book as every screen shows it: cover, title, author, class, printed label."""

from __future__ import annotations

from kivy.properties import ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.ui.words import _

from .authors import shown_author
from .clc import shown_class
from .cover import Cover
from .labels import spoken_label
from .shown import BookShown


def paint(cover: Cover, book: BookShown) -> None:
    """Put a book's title on a cover."""
    title = book.title
    cover.title = title.title if title else _("漂流图书")
    cover.author = title.author if title else ""
    cover.clc = title.clc if title else ""
    cover.cover = title.cover if title else "sand-frame"
    cover.isbn = title.isbn if title else book.label


class BookHead(BoxLayout):
    """Cover at the left, words at the right."""

    title = StringProperty("")
    author = StringProperty("")
    facts = ListProperty([])    # class and publisher, or what else is to be said
    number = StringProperty("")

    def show(self, book: BookShown) -> None:
        """Show this copy; of one that nobody here knows, its label."""
        title = book.title
        paint(self.ids.cover, book)
        self.title = title.title if title else _("这本书还没有书名")
        self.author = shown_author(title.author) if title else ""
        known = [shown_class(title.clc), title.publisher] if title else [_("照常借还，总工会会补上书名")]
        self.facts = list(filter(None, known))
        self.number = _("漂流编号 {label}").format(label=spoken_label(book.label))


def place_of(book: BookShown) -> str:
    """Where it is, without saying who has it."""
    if book.here:
        return _("这本书就在本站书架上。")
    if book.status == "on_shelf" and book.place:
        return _("登记在{place}的书架上。").format(place=book.place)
    if book.status == "on_loan":
        return _("这本书正在漂流中。")
    if book.status == "missing":
        return _("大家正在找这本书，谢谢您带来！")
    return _("本站第一次见到这本书。")


def drift_of(book: BookShown) -> tuple[str, list[str], bool]:
    """The line above a book's journey, its stops, and whether the last one is this station."""
    stops = list(book.stops)
    if not stops:
        return "", [], False
    if len(stops) == 1:
        words = _("这本书刚开始漂流，已有 {readers} 位读者") if book.readers else _("这本书刚开始漂流")
    elif book.readers:
        words = _("这本书已经漂流 {stops} 站、{readers} 位读者")
    else:
        words = _("这本书已经漂流 {stops} 站")
    # One stop makes no journey to be drawn.
    drawn = stops if len(stops) > 1 else []
    return words.format(stops=len(stops), readers=book.readers), drawn, book.ends_here
