"""A catalogue of translations, read from the .po file that translators keep: there is nothing to compile."""

from __future__ import annotations

import gettext
from ast import literal_eval
from functools import cache
from pathlib import Path


class Catalogue(gettext.NullTranslations):
    """The words of one language; what it lacks stays Chinese."""

    def __init__(self, words: dict[str, str]) -> None:
        super().__init__()
        self._words = words

    def gettext(self, message: str) -> str:
        """The message in this language."""
        return self._words.get(message) or message


@cache
def find_catalogue(folder: Path, language: str) -> gettext.NullTranslations:
    """The language's catalogue; without a file, one that leaves the Chinese text."""
    path = folder / language / "kiosk.po"
    return Catalogue(read_po(path.read_text(encoding="utf-8"))) if path.is_file() else gettext.NullTranslations()


def read_po(text: str) -> dict[str, str]:
    """Message and translation of each entry; comments and the head, whose message is empty, are left out."""
    words: dict[str, str] = {}
    parts = {"msgid": "", "msgstr": ""}
    name = ""
    for line in (*text.splitlines(), 'msgid ""'):
        word, _, quoted = line.partition(" ")
        if word == "msgid" and parts["msgid"] and parts["msgstr"]:
            words[parts["msgid"]] = parts["msgstr"]
        if word in parts:
            name, parts[word] = word, literal_eval(quoted)
        elif line.startswith('"') and name:
            parts[name] += literal_eval(line)
    return words
