"""Which addresses of an office a station speaks to."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether this host is the machine itself, where http is safe."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_nowhere(host: str) -> bool:
    """Whether this names no machine: 0.0.0.0 is where one listens, not where one goes."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return not host
