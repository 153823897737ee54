"""What is said when a browser comes by an address that the settings do not name, as behind a proxy."""

from __future__ import annotations

import logging
import re
import threading
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import REASON_NO_CSRF_COOKIE

_MOST_TOLD: Final = 20      # anybody may send any name
_MOST_CHARS: Final = 100
_UNPRINTED: Final = re.compile(r"[^\x21-\x7e]")
_PORT: Final = re.compile(r":\d*$")
_told: set[str] = set()
_lock: Final = threading.Lock()
logger = logging.getLogger(__name__)


def of_host(request: HttpRequest) -> tuple[str, str]:
    """For a Host that is not ours: the sentence, and what to set."""
    host = _plain(request.META.get("HTTP_HOST", ""))
    _tell(host, "the address %s is not known here: set YIZHAN_CENTRAL_URL to it, or add it to YIZHAN_CENTRAL_HOSTS")
    return (
        f"总工会端不认识这个网址：{host}",
        (
            f"请系统管理员把 YIZHAN_CENTRAL_URL 设成浏览器里的网址，如 https://{host}，"
            f"或把 {_PORT.sub('', host)} 加进 YIZHAN_CENTRAL_HOSTS，再重新启动总工会端"
        ),
    )


def of_form(request: HttpRequest, reason: str) -> tuple[str, str] | None:
    """The same for a form that was refused since its address is not ours; None if that is not why."""
    origin = _plain(request.META.get("HTTP_ORIGIN", ""))
    if reason.startswith(("Origin checking failed", "Referer checking failed")) and origin:
        _tell(origin, "a form from %s was refused: if that is the office's own address, set YIZHAN_CENTRAL_URL to it")
        return (
            f"总工会端不认识这个网址：{origin}",
            (
                f"如果浏览器里就是这个网址，请系统管理员把 YIZHAN_CENTRAL_URL 设成 {origin}，再重新启动总工会端；"
                "如果不是，请关掉发来这个请求的网页"
            ),
        )
    if reason == REASON_NO_CSRF_COOKIE and settings.CSRF_COOKIE_SECURE and not request.is_secure():
        host = _plain(request.META.get("HTTP_HOST", ""))
        _tell(host, "a form sent to %s over http was refused: cookies are for https, see YIZHAN_CENTRAL_URL and the"
              " proxy's X-Forwarded-Proto")
        return (
            f"请用 {settings.YIZHAN_URL} 打开总工会端",
            "如果浏览器里就是这个网址，请系统管理员让代理传来 X-Forwarded-Proto；不用 https 就改 YIZHAN_CENTRAL_URL",
        )
    return None


def _plain(text: str) -> str:
    return _UNPRINTED.sub("?", text)[:_MOST_CHARS]


def _tell(name: str, words: str) -> None:
    """Log it once for each name, for the first few names."""
    with _lock:
        if name in _told or len(_told) >= _MOST_TOLD:
            return
        _told.add(name)
        if len(_told) == _MOST_TOLD:
            words += " (no more of these)"
    logger.warning(words, name)
