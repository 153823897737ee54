"""Another provider's page in the same watched browser: ended by its close, by time, or by the worker's own button.

The page leaves the lowest part of the screen to the kiosk, whose button is there and always in reach.
"""

from __future__ import annotations

import logging
import queue
import time
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from sync.protocol.calls import Provider

from .browser import Area, Browser
from .errors import OfficeSaidNo

log = logging.getLogger(__name__)

_OURS: Final = (0.17, 0.30)     # of the height of a screen on end, and of a wide one: our bar and the button above it
_TICK_S: Final = 0.1


def visit(browser: Browser, provider: Provider, area: Area, heard: queue.SimpleQueue[Any]) -> None:
    """Show the provider's page until it is over; raises OfficeSaidNo if its address cannot be used."""
    if urlsplit(provider.url).scheme != "https" and urlsplit(provider.url).hostname != "127.0.0.1":
        raise OfficeSaidNo("the provider's page is not https")
    until_s = time.monotonic() + provider.most_minutes * 60
    browser.end()
    browser.open(provider.url, page_area(area))
    while browser.is_alive and time.monotonic() < until_s:
        try:
            # Our own page is gone by now and says so; only the worker counts here.
            if heard.get(timeout=_TICK_S) == "leave":
                return
        except queue.Empty:
            continue


def page_area(area: Area) -> Area:
    """Where the provider's page stands: above our bar."""
    ours = _OURS[0] if area.height >= area.width else _OURS[1]
    return replace(area, height=round(area.height * (1 - ours)), whole=False)
