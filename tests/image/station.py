"""A flashed station in QEMU, as a technician and a worker stand before it: they read, tap and scan."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from deploy.demo.processes import ROOT, say

from .machine import Machine, MachineFailed, make_disk
from .shell import WORDS as SHELL_WORDS
from .shell import Shell

BOOT_S: Final = 900.0       # without KVM, beside others
SCREEN_S: Final = 240.0     # machines differ threefold
_NOTICED_S: Final = 40.0     # a worker who sees nothing happen for so long taps again
_BOOT_AT: Final = "1M"
_BOOT_SIZE: Final = "64M"
_TRADES: Final = ("外卖配送", "快递", "货车司机", "网约车", "环卫", "建筑")
_EXTRA: Final = f"console=ttyS0 mitigations=off {SHELL_WORDS}"      # none of the guards of a processor that is none
_ENV: Final = "::/EFI/yizhan/grubenv"


class Station:
    """A machine with a shell and a scanner; every step says what it does."""

    def __init__(self, image: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.image, self.folder = image, folder
        self.disk = folder / "disk.qcow2"
        self.machine = Machine(self.disk, folder)
        self._shell: Shell | None = None
        self._scanner: socket.socket | None = None
        self._pictures = 0
        self.scans = 0

    def flash(self, site: str, **variables: str) -> None:
        """A new disk: the image, a site file, and the boot loader's variables of this test."""
        make_disk(self.image, self.disk)
        boot, file = self.folder / "boot.fat", self.folder / "file"
        with self.image.open("rb") as source:
            source.seek(1 << 20)
            boot.write_bytes(source.read(64 << 20))
        file.write_text(site)
        subprocess.run(["mcopy", "-o", "-i", boot, file, "::/site.toml"], check=True)
        words = {"good": "A", "trial": "", "tries": "0", **variables, "extra": _EXTRA}
        text = "# GRUB Environment Block\n" + "".join(f"{name}={value}\n" for name, value in sorted(words.items()))
        file.write_bytes(text.encode().ljust(1024, b"#"))
        subprocess.run(["mcopy", "-o", "-i", boot, file, _ENV], check=True)
        write = f"write -q -s {boot} {_BOOT_AT} {_BOOT_SIZE}"
        subprocess.run(["qemu-io", "-f", "qcow2", "-c", write, str(self.disk)], check=True, stdout=subprocess.DEVNULL)
        boot.unlink()
        file.unlink()

    def switch_on(self) -> None:
        """Power, with the scanner plugged in."""
        self.machine.power_on()
        self._shell = None
        self._scanner = self.machine.plug_scanner()

    def switch_off(self) -> None:
        """Pull the plug."""
        self.machine.power_off()
        self._shell = None

    def close(self) -> None:
        """The end: what the machine logged is kept beside its pictures, then the plug is pulled."""
        if self._shell is not None:
            with suppress(MachineFailed, OSError):
                log = self._shell.ask("journalctl --boot --no-pager --lines=2000", 60)
                (self.folder / "journal.txt").write_text(log, encoding="utf-8")
        self.switch_off()

    @property
    def shell(self) -> Shell:
        """What the screen does not tell."""
        if self._shell is None:
            self._shell = Shell(self.folder / "shell.sock")
        return self._shell

    def wait_for_shell(self) -> None:
        """Until the system is up far enough to be asked."""
        self.machine.wait_for("the system", self._answers, BOOT_S)

    def _answers(self) -> bool:
        return "here" in self.asked("echo here")

    def asked(self, command: str) -> str:
        """What the system says; empty while there is none that answers."""
        try:
            return self.shell.ask(command, 10)
        except MachineFailed:
            self._shell = None
            return ""

    def boot_slots(self) -> dict[str, str]:
        """What the boot loader knows; nothing while no system answers."""
        lines = self.asked("/usr/lib/yizhan/boot-slots show").splitlines()
        return dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))

    def runs(self, slot: str, version: str) -> bool:
        """Whether this slot runs this version."""
        said = self.asked("cat /proc/cmdline /etc/os-release")
        return f"rauc.slot={slot}" in said and f"IMAGE_VERSION={version}\n" in f"{said}\n"

    def check_in(self, before: int) -> None:
        """A worker of some trade, after so many others, until it is kept; a tap that comes to nothing is made again."""
        deadline = time.monotonic() + SCREEN_S
        while True:
            self.tap(_TRADES[before % len(_TRADES)])
            try:
                self.machine.wait_for("a check-in that is kept", lambda: self._is_kept(before), _NOTICED_S)
            except MachineFailed:
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def _is_kept(self, before: int) -> bool:
        """The screen says it, or has said it for too short a time to be seen here: the journal has it first."""
        if self.shows("签到成功"):
            return True
        rows = self.shell.rows("SELECT count(*) FROM journal WHERE kind = 'checkin.made'")
        return bool(rows) and rows[0][0] > before

    def go_home(self) -> None:
        """By the button below every screen."""
        self.tap("首页")
        self.wait_for_words("借书")

    def wait_for_screen(self, what: str) -> float:
        """Until something is drawn; seconds since power came."""
        seconds = self.machine.wait_for("something on the screen", lambda: is_drawn(self.machine), BOOT_S)
        self.keep_picture(what)
        say(f"image: {what}: {seconds:.0f} s after power-on")
        return seconds

    def keep_picture(self, name: str) -> Path:
        """A numbered picture of the screen."""
        self._pictures += 1
        path = self.folder / f"{self._pictures:02}-{name.replace(' ', '-')}.png"
        self.machine.look(path)
        return path

    def tell_words(self) -> None:
        """Have the kiosk write down where its words are, as in the tour; the image itself stays as it is."""
        file, line = "/run/yizhan/kiosk.toml", 'demo_words = "/run/yizhan-kiosk/words.json"'
        self.shell.ask(f"grep -q demo_words {file} || echo '{line}' >>{file}; systemctl restart yizhan-kiosk", 240)

    def shows(self, wanted: str) -> bool:
        """Whether these words are somewhere on the screen."""
        return any(wanted in words for words, _ in self.shell.words())

    def wait_for_words(self, wanted: str, timeout_s: float = SCREEN_S) -> None:
        """Until they are on the screen; raises MachineFailed with those that are."""
        try:
            self.machine.wait_for(f"'{wanted}' on the screen", lambda: self.shows(wanted), timeout_s)
        except MachineFailed as fault:
            raise MachineFailed(f"{fault}\nit shows: {[words for words, _ in self.shell.words()]}") from fault

    def wait_until_gone(self, unwanted: str, timeout_s: float = SCREEN_S) -> None:
        """Until these words are no longer on the screen, which shows others."""
        self.machine.wait_for(
            f"'{unwanted}' to be gone", lambda: bool(self.shell.words()) and not self.shows(unwanted), timeout_s
        )

    def tap(self, wanted: str, *, last: bool = False) -> None:
        """Tap these words; raises MachineFailed if they are not there."""
        self.wait_for_words(wanted)
        boxes = [box for words, box in self.shell.words() if wanted == words]
        boxes = boxes or [box for words, box in self.shell.words() if wanted in words]
        left, top, right, bottom = boxes[-1 if last else 0]
        wide, high = self.machine.size
        self.machine.tap((left + right) / 2 / wide, (top + bottom) / 2 / high)
        time.sleep(2)

    def scan(self, code: str) -> None:
        """Hold a code under the scanner."""
        assert self._scanner is not None
        self.scans += 1
        self._scanner.sendall(code.encode() + b"\r\n")


def is_drawn(machine: Machine) -> bool:
    """Whether the screen is neither dark nor a console: mostly light, as the kiosk is."""
    picture = machine.look(machine.folder / "look.png")
    small = picture.convert("L").resize((54, 96))
    return picture.size == machine.size and sum(value > 200 for value in small.getdata()) > 54 * 96 // 2


def newest_image() -> Path:
    """What `make image` made last; raises MachineFailed."""
    found = sorted((ROOT / "build" / "image").glob("yizhan-*.img"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise MachineFailed("there is no image: `make image` makes one")
    return found[-1]


def needs_root() -> None:
    """The image's files belong to root."""
    if os.geteuid() != 0:
        sys.exit("this needs root, as `make image` does")
