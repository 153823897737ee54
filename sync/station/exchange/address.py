"""Addresses of offices that a station may speak to."""

from __future__ import annotations

from urllib.parse import urlsplit

from sync.protocol.addresses import is_loopback
from sync.station.errors import AddressRefused


def check_address(office: str) -> str:
    """The office's base address without a slash at its end; raises AddressRefused."""
    try:
        parts = urlsplit(office.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError as cause:
        raise AddressRefused("不是网址") from cause
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise AddressRefused("不是网址")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise AddressRefused(f"{parts.scheme or '没写协议'}，不是 https")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
