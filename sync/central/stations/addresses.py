"""The office's address as stations can use it, for the QR of a one-time code."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from sync.protocol.addresses import is_loopback, is_nowhere

# A proxy that stands in front says so by one of these.
_PROXIED: Final = (
    "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_VIA",
)


class Address(NamedTuple):
    """The office's address; `why` says why no station could use it, empty if one could."""

    url: str
    why: str


def address_for_stations(request: HttpRequest) -> Address:
    """What is set, else what the browser uses."""
    url = settings.YIZHAN_URL or request.build_absolute_uri("/").rstrip("/")
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_nowhere(host):
        return Address(url, "它不是一台机器的地址")
    if is_loopback(host):
        return Address(url, "它只在总工会端这台机器上有效" if _is_used_from_elsewhere(request) else "")
    return Address(url, "" if parts.scheme == "https" else "驿站只连接 https 开头的网址")


def _is_used_from_elsewhere(request: HttpRequest) -> bool:
    """Whether the office is there for other machines than its own: then loopback is no station's way to it."""
    asked = urlsplit(f"//{request.get_host()}").hostname or ""
    return (
        not is_loopback(settings.YIZHAN_LISTENS)
        or not is_loopback(asked)
        or not is_loopback(str(request.META.get("REMOTE_ADDR", "")))
        or any(name in request.META for name in _PROXIED)
    )
