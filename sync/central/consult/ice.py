"""Where browsers find each other: STUN, and coturn with credentials that end (its `use-auth-secret`)."""

from __future__ import annotations

import base64
import hmac
from typing import Final

from django.conf import settings

from sync.protocol.calls import IceServer

from .pieces import MOST_TALK_S, MOST_WAIT_S

_VALID_S: Final = int(MOST_WAIT_S + MOST_TALK_S)


def ice_servers(call: str, now_s: float) -> tuple[IceServer, ...]:
    """The servers for one side of a call; none, if none is set: it works within one network then."""
    servers: list[IceServer] = []
    if settings.YIZHAN_STUN_URLS:
        servers.append(IceServer(settings.YIZHAN_STUN_URLS))
    if settings.YIZHAN_TURN_URLS:
        username = f"{int(now_s) + _VALID_S}:{call}"
        digest = hmac.digest(settings.YIZHAN_TURN_SECRET.encode(), username.encode(), "sha1")
        servers.append(IceServer(settings.YIZHAN_TURN_URLS, username, base64.b64encode(digest).decode()))
    return tuple(servers)
