"""Another provider of consultations, by configuration: an address template whose parameters are signed.

The file YIZHAN_PROVIDER_FILE holds JSON, for instance

    {"name": "…", "url": "https://doctor.example/room", "secret": "…", "allow": ["https://doctor.example"],
     "parameters": {"station": "{station}", "ref": "{call}", "lang": "{language}"},
     "most_minutes": 30}

`expires` (Unix seconds) joins the parameters; `signature` is the HMAC-SHA256, in hex, of all of them sorted by name and
encoded as in the address.
"""

from __future__ import annotations

import functools
import hmac
from typing import Annotated, Final
from urllib.parse import urlencode, urlsplit

import msgspec
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from msgspec import Meta

from sync.protocol.calls import Provider

_VALID_S: Final = 600
_DEFAULT: Final = {"station": "{station}", "call": "{call}", "language": "{language}"}


class Configured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    url: str
    secret: Annotated[str, Meta(min_length=16)]
    allow: tuple[str, ...] = ()
    parameters: dict[str, str] = msgspec.field(default_factory=lambda: dict(_DEFAULT))
    most_minutes: Annotated[int, Meta(ge=1, le=240)] = 30


def find_provider() -> Configured | None:
    """The provider whose page stations open; None: our own desk answers. Raises ImproperlyConfigured."""
    return _read(settings.YIZHAN_PROVIDER) if settings.YIZHAN_PROVIDER else None


def page_of(provider: Configured, station: str, call: str, language: str, now_s: float) -> Provider:
    """The page for one call."""
    names = {"station": station, "call": call, "language": language}
    filled = {name: template.format(**names) for name, template in provider.parameters.items()}
    filled["expires"] = str(int(now_s) + _VALID_S)
    query = urlencode(sorted(filled.items()))
    signature = hmac.digest(provider.secret.encode(), query.encode(), "sha256").hex()
    parts = urlsplit(provider.url)
    return Provider(
        name=provider.name,
        url=f"{provider.url}?{query}&signature={signature}",
        allow=provider.allow or (f"{parts.scheme}://{parts.netloc}",),
        most_minutes=provider.most_minutes,
    )


@functools.cache
def _read(text: str) -> Configured:
    try:
        provider = msgspec.json.decode(text, type=Configured)
        for template in provider.parameters.values():
            template.format(station="", call="", language="")
    except (msgspec.MsgspecError, KeyError, IndexError, ValueError) as cause:
        raise ImproperlyConfigured(f"YIZHAN_PROVIDER_FILE：{cause}") from cause
    for url in (provider.url, *provider.allow):
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
            raise ImproperlyConfigured(f"YIZHAN_PROVIDER_FILE：网址要写成 https://…，不带参数，不是 {url}")
    return provider
