"""What a site means to the programs of the machine: the files that each of them reads, by their path below /run."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from .schema import Site

AUTHORITIES: Final = "yizhan/authorities.pem"
_SYSTEM_AUTHORITIES: Final = "/etc/ssl/certs/ca-certificates.crt"


class Rendered(NamedTuple):
    """A file: its words, and whether others than root and the station's group may read them."""

    text: str
    is_secret: bool = False


def render(site: Site, kiosk: str, authorities: str) -> dict[str, Rendered]:
    """Every file; `kiosk` is the image's kiosk.toml, `authorities` whom the world trusts."""
    if site.office:
        kiosk = f"{kiosk.rstrip()}\noffice = {_quoted(site.office)}\n"
    files = {
        "yizhan/kiosk.toml": Rendered(kiosk),
        "systemd/network/20-site-wired.network": Rendered(_wired(site)),
        "systemd/network/21-site-wifi.network": Rendered(_wifi_network(site)),
    }
    if site.time:
        files["systemd/timesyncd.conf.d/20-site.conf"] = Rendered(f"[Time]\nNTP={' '.join(site.time)}\n")
    if site.wifi:
        files["yizhan/wifi.conf"] = Rendered(_wifi(site), is_secret=True)
    if site.authority:
        files[AUTHORITIES] = Rendered(f"{authorities}\n{site.authority}")
        files["yizhan/site.env"] = Rendered(
            f"REQUESTS_CA_BUNDLE=/run/{AUTHORITIES}\nSSL_CERT_FILE=/run/{AUTHORITIES}\n"
        )
    if site.code:
        files["yizhan/enrol.env"] = Rendered(f"OFFICE={site.office}\nCODE={site.code}\n", is_secret=True)
    return files


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()    # a string of JSON's is one of TOML's


def _network(site: Site, *, metric: int, has_fixed: bool) -> str:
    lines = ["[Network]", "LinkLocalAddressing=ipv6"]
    if has_fixed and site.address:
        lines += ["DHCP=no", "", "[Address]", f"Address={site.address}"]
        if site.gateway:
            lines += ["", "[Route]", f"Gateway={site.gateway}", f"Metric={metric}"]
    else:
        lines += ["DHCP=yes"]
    dns = [f"DNS={server}" for server in site.dns]
    lines[2:2] = dns
    lines += ["", "[DHCPv4]", "UseDomains=no", "ClientIdentifier=mac", f"RouteMetric={metric}"]
    return "\n".join(lines) + "\n"


def _wired(site: Site) -> str:
    """A fixed address belongs to the cable, or to the Wi-Fi if there is one."""
    match = "[Match]\nType=ether\nKind=!*\n\n[Link]\nRequiredForOnline=no\n\n"
    return match + _network(site, metric=100, has_fixed=not site.wifi)


def _wifi_network(site: Site) -> str:
    match = "[Match]\nType=wlan\n\n[Link]\nRequiredForOnline=no\n\n"
    return match + _network(site, metric=600, has_fixed=bool(site.wifi))


def _wifi(site: Site) -> str:
    """For wpa_supplicant; name and password as hexadecimal and quoted, so that nothing in them is taken for syntax."""
    lines = [f"country={site.country}", "network={", f"    ssid={site.wifi.encode().hex()}", "    scan_ssid=1"]
    if site.password:
        # A quoted passphrase ends at the last quotation mark of its line: any sign but a line's end may stand in it.
        quoted = f'"{site.password}"'
        lines += ["    key_mgmt=WPA-PSK SAE", "    ieee80211w=1", f"    psk={quoted}", f"    sae_password={quoted}"]
    else:
        lines += ["    key_mgmt=NONE"]
    return "\n".join([*lines, "}"]) + "\n"
