"""The machine's network links, from the kernel and from `ip` and `iw`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

from .table import Link, Links
from .tools import find, run

_CLASS: Final = Path("/sys/class/net")
_SSID: Final = re.compile(r"^\s*SSID: (.+)$", re.MULTILINE)
_HARDWARE: Final = "ether"


class _Address(msgspec.Struct):
    local: str = ""
    scope: str = ""


class _Interface(msgspec.Struct):
    ifname: str
    link_type: str = ""
    operstate: str = ""
    flags: tuple[str, ...] = ()
    addr_info: tuple[_Address, ...] = ()
    linkinfo: dict[str, object] = {}


def read_links(folder: Path = _CLASS) -> Links:
    """All links of hardware, those that are up first; raises HostError."""
    found = msgspec.json.decode(run(["ip", "-json", "-details", "address", "show"]), type=list[_Interface])
    links = [_link(one, folder) for one in found if one.link_type == _HARDWARE and not one.linkinfo]
    return Links(tuple(sorted(links, key=lambda link: (not link.is_up, link.name))))


def _link(interface: _Interface, folder: Path) -> Link:
    is_wifi = (folder / interface.ifname / "wireless").exists()
    said = _SSID.search(find(["iw", "dev", interface.ifname, "link"])) if is_wifi else None
    addresses = [one.local for one in interface.addr_info if one.scope == "global"]
    return Link(
        name=interface.ifname,
        kind="wifi" if is_wifi else "wired",
        is_up=interface.operstate == "UP" or (interface.operstate == "UNKNOWN" and "LOWER_UP" in interface.flags),
        address=addresses[0] if addresses else "",
        ssid=said[1] if said else "",
    )
