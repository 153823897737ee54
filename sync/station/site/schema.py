"""The site file: what may stand in it, and every fault of it at once."""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from sync.protocol.enrolment import EnrolmentCodeError, parse_code
from sync.station.errors import AddressRefused
from sync.station.exchange.address import check_address
from sync.station.host.table import Rotation

from .errors import SiteFileWrong

MAX_BYTES: Final = 64 * 1024
_HOST: Final = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9.:-]*[A-Za-z0-9])?")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


class Site(msgspec.Struct, frozen=True):
    """A checked site file; what is empty was left out."""

    code: str = ""          # one-time code of the office, to enrol with
    office: str = ""        # its address
    authority: str = ""     # who vouches for its certificate, if the world does not: PEM
    address: str = ""       # with the prefix: 192.0.2.20/24; empty: DHCP
    gateway: str = ""
    dns: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    wifi: str = ""
    password: str = ""
    country: str = "CN"
    rotation: Rotation | None = None


class _Wrong(ValueError):
    """One value cannot be used; the text says what is expected."""


class _Key(NamedTuple):
    """Where a value of the file goes, and how it is checked."""

    field: str
    check: Callable[[Any], Any]


def read_site(path: Path) -> Site:
    """The site file; raises SiteFileWrong with every fault, OSError."""
    return parse_site(read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """No more of a file than a site file can be, and one byte; raises OSError."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def parse_site(raw: bytes) -> Site:
    """The site of these bytes; raises SiteFileWrong with every fault."""
    if len(raw) > MAX_BYTES:
        raise SiteFileWrong([f"larger than {MAX_BYTES // 1024} KiB"])
    try:
        text = raw.decode("utf-8-sig")      # editors of Windows put a mark in front
        tables = tomllib.loads(text)
    except UnicodeDecodeError as cause:
        raise SiteFileWrong(["it is not written in UTF-8"]) from cause
    except tomllib.TOMLDecodeError as cause:
        raise SiteFileWrong([str(cause)]) from cause
    try:
        return check_site(tables)
    except SiteFileWrong as wrong:
        raise SiteFileWrong([_with_line(fault, text) for fault in wrong.faults]) from wrong


def _with_line(fault: str, text: str) -> str:
    """A fault of `table.key` and the line that the key stands in, where it stands alone before a sign of equality."""
    table, _, key = re.split(r"[: ]", fault, maxsplit=1)[0].partition(".")
    here = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"\s*\[\s*([\w-]+)\s*\]", line):
            here = found[1]
        if (found and not key and table == f"[{here}]") or (
            key and here == table and re.match(rf"\s*{re.escape(key)}\s*=", line)
        ):
            return f"{fault} (at line {number})"
    return fault


def check_site(values: dict[str, Any]) -> Site:
    """The site of these tables; raises SiteFileWrong with every fault."""
    faults: list[str] = []
    good: dict[str, Any] = {}
    for name, table in values.items():
        keys = KEYS.get(name)
        if keys is None:
            faults.append(f"[{name}]: unknown" + _near(name, KEYS))
        elif not isinstance(table, dict):
            faults.append(f"[{name}]: expected a table with {', '.join(keys)}")
        else:
            _check_table(name, table, good, faults)
    site = Site(**good)
    faults += _across(site)
    if faults:
        raise SiteFileWrong(faults)
    return site


def _check_table(name: str, table: dict[str, Any], good: dict[str, Any], faults: list[str]) -> None:
    for key, value in table.items():
        known = KEYS[name].get(key)
        if known is None:
            faults.append(f"{name}.{key}: unknown" + _near(key, KEYS[name]))
            continue
        try:
            good[known.field] = known.check(value)
        except _Wrong as fault:
            # A password is not repeated anywhere.
            shown = "" if key == "password" else f" = {value!r}"
            faults.append(f"{name}.{key}{shown}: expected {fault}")


def _across(site: Site) -> list[str]:
    """What is wrong with values that are right by themselves."""
    faults: list[str] = []
    if site.gateway and not site.address:
        faults.append("network.gateway: wants network.address too")
    if site.address and site.gateway:
        network = ipaddress.ip_interface(site.address).network
        if ipaddress.ip_address(site.gateway) not in network:
            faults.append(f"network.gateway = '{site.gateway}': not in {network}, the network of network.address")
    if site.password and not site.wifi:
        faults.append("wifi.password: wants wifi.name too")
    if site.code and not site.office:
        faults.append("station.code: wants station.office too")
    return faults


def _near(name: str, known: dict[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f", did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"


def _text(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str) or not value or any(ord(sign) < 32 or sign == "\x7f" for sign in value):
        raise _Wrong("words on one line")
    return value


def _code(value: Any) -> str:  # noqa: ANN401
    try:
        return parse_code(_text(value))
    except EnrolmentCodeError:
        raise _Wrong("the ten characters of a one-time code") from None


def _office(value: Any) -> str:  # noqa: ANN401
    try:
        return check_address(_text(value))
    except AddressRefused:
        raise _Wrong('an address such as "https://office.example"') from None


def _authority(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str) or not re.fullmatch(
        r"\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+", value
    ):
        raise _Wrong("one or more certificates in PEM, in three quotation marks")
    return value.strip() + "\n"


def _address(value: Any) -> str:  # noqa: ANN401
    try:
        found = ipaddress.ip_interface(_text(value))
    except ValueError:
        found = None
    network = found.network if found is not None else None
    if found is None or network is None or "/" not in value or found.ip in (network[0], network[-1]):
        raise _Wrong('an address with its prefix, such as "192.0.2.20/24"')
    return str(found)


def _ip(value: Any) -> str:  # noqa: ANN401
    try:
        return str(ipaddress.ip_address(_text(value)))
    except ValueError:
        raise _Wrong('an address such as "192.0.2.1"') from None


def _some(check: Callable[[Any], str], what: str) -> Callable[[Any], tuple[str, ...]]:
    def checked(value: Any) -> tuple[str, ...]:  # noqa: ANN401
        if not isinstance(value, list) or not value or len(value) > 8:
            raise _Wrong(f"a list of {what}")
        return tuple(check(one) for one in value)

    return checked


def _host(value: Any) -> str:  # noqa: ANN401
    if not _HOST.fullmatch(_text(value)):
        raise _Wrong("the name of a server")
    return str(value)


def _wifi(value: Any) -> str:  # noqa: ANN401
    if len(_text(value).encode()) > 32:
        raise _Wrong("a network's name of at most 32 bytes")
    return str(value)


def _password(value: Any) -> str:  # noqa: ANN401
    if not 8 <= len(_text(value).encode()) <= 63:
        raise _Wrong("8 to 63 characters")
    return str(value)


def _country(value: Any) -> str:  # noqa: ANN401
    if not _COUNTRY.fullmatch(_text(value)):
        raise _Wrong('two capital letters such as "CN"')
    return str(value)


def _rotation(value: Any) -> Rotation:  # noqa: ANN401
    try:
        return msgspec.convert(value, Rotation)
    except msgspec.ValidationError:
        raise _Wrong("0, 90, 180 or 270") from None


KEYS: Final[dict[str, dict[str, _Key]]] = {
    "station": {
        "code": _Key("code", _code), "office": _Key("office", _office), "authority": _Key("authority", _authority),
    },
    "network": {
        "address": _Key("address", _address), "gateway": _Key("gateway", _ip),
        "dns": _Key("dns", _some(_ip, "addresses")), "time": _Key("time", _some(_host, "servers")),
    },
    "wifi": {
        "name": _Key("wifi", _wifi), "password": _Key("password", _password), "country": _Key("country", _country),
    },
    "screen": {"rotation": _Key("rotation", _rotation)},
}
