"""A real yizhan-host whose machine is a folder of small programs."""
# ruff: noqa: E501  # what programs print is as long as it is

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.station.host.client import Host
from sync.station.host.errors import HostAway
from tests.sync.two_processes.waiting import wait_until

# Programs of the machine, as far as they are asked: each notes its words and prints what the real one prints.
TOOLS = {
    "ip": """cat <<'EOF'
[{"ifname":"lo","link_type":"loopback","operstate":"UNKNOWN","flags":["LOOPBACK","UP","LOWER_UP"],"addr_info":[]},
 {"ifname":"wlan7","link_type":"ether","operstate":"DOWN","flags":[],"addr_info":[]},
 {"ifname":"docker0","link_type":"ether","operstate":"UP","flags":[],"linkinfo":{"info_kind":"bridge"},"addr_info":[]},
 {"ifname":"eth7","link_type":"ether","operstate":"UP","flags":["UP"],
  "addr_info":[{"local":"fe80::1","scope":"link"},{"local":"192.0.2.9","scope":"global","prefixlen":24}]}]
EOF""",
    "xrandr": """case "$1" in --query) printf 'Screen 0: minimum 8 x 8\\nHDMI-1 connected 1920x1080+0+0\\nDP-1 disconnected\\n';; esac""",
    "xinput": """case "$1" in
list) printf '⎡ Virtual core pointer\\tid=2\\t[master pointer  (3)]\\n⎜   ↳ eGalax Touch\\tid=9\\t[slave  pointer  (2)]\\n⎜   ↳ Mouse\\tid=11\\t[slave  pointer  (2)]\\n';;
list-props) test "$2" = 9 && echo '	libinput Calibration Matrix (301): 1, 0, 0, 0, 1, 0, 0, 0, 1' || true;;
esac""",
    "rauc": """case "$1" in
status) case "$2" in --detailed) runs=$(cat "$RELEASE.runs" 2>/dev/null || echo 2026.11.1); cat <<EOF
{"compatible":"yizhan","booted":"A","boot_primary":"rootfs.0","slots":[
 {"rootfs.1":{"class":"rootfs","bootname":"B","state":"inactive","boot_status":"bad"$(test -e "$RELEASE.bare" || echo ',"slot_status":{"bundle":{"version":"2026.10.2"}}')}},
 {"rootfs.0":{"class":"rootfs","bootname":"A","state":"booted","boot_status":"good","slot_status":{"bundle":{"version":"$runs"}}}}]}
EOF
;; esac;;
info) grep -q '^signed' "$3" || { echo 'signature verification failed' >&2; exit 1; }
 v=$(sed -n 's/^version //p' "$3"); d=$(sed -n 's/^description //p' "$3")
 printf '{"compatible":"yizhan","version":"%s","description":"%s"}' "$v" "$d";;
install) if test -e "$RELEASE"; then until test -e "$RELEASE.now"; do sleep 0.05; done; fi;;
esac""",
    "systemctl": "",
    "timedatectl": "",
    "journalctl": """printf '2026-11-29T12:00:00 kiosk: called 13812345678\\n2026-11-29T12:00:01 kiosk: member 8812345678901 in\\n'""",
}


class HostProcess:
    """A real yizhan-host, with programs of its own in its PATH, and what was run."""

    def __init__(self, folder: Path, group: str = "root") -> None:
        self.folder = folder
        self.socket = folder / "host.sock"
        self.updates = folder / "updates"
        self.site = folder / "site"
        self.release = folder / "hold"
        self._ran = folder / "ran"
        self.updates.mkdir()
        tools = folder / "bin"
        tools.mkdir()
        for name, does in TOOLS.items():
            tool = tools / name
            # No `printf %q`: each word in brackets, so that a word with a space is told from two words.
            tool.write_text(f'#!/bin/sh\n{{ printf %s {name}; for w in "$@"; do printf " [%s]" "$w"; done; echo; }} >>{self._ran}\n{does}\n')
            tool.chmod(0o755)
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "sync.station.host", "serve", "--socket", str(self.socket), "--group", group,
                "--updates", str(self.updates), "--site", str(self.site),
            ],
            env=os.environ | {"PATH": f"{tools}:/usr/bin:/bin", "RELEASE": str(self.release)},
        )
        self.host = Host(self.socket)
        wait_until(lambda: self._is_open() or self.process.poll() is not None, "the door")

    def _is_open(self) -> bool:
        try:
            return self.host.watchdog() is not None
        except HostAway:
            return False

    def runs(self, version: str) -> None:
        """Have the machine run this version."""
        Path(f"{self.release}.runs").write_text(version)

    @property
    def ran(self) -> list[str]:
        return self._ran.read_text().splitlines() if self._ran.exists() else []

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(60)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[HostProcess]:
    found = HostProcess(tmp_path)
    yield found
    found.close()
