"""What stands on the office's pages, as somebody reads it."""

from __future__ import annotations

import re

from django.test import Client


def words_in(content: bytes) -> str:
    """The words of a page's HTML, single spaces between."""
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).split())


def words_at(client: Client, path: str) -> str:
    """The words of the page there; raises AssertionError if it is not shown."""
    page = client.get(path)
    assert page.status_code == 200, page.status_code
    return words_in(page.content)
