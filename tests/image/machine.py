"""A station in QEMU: two processors, UEFI, a screen to tap, a scanner that is plugged while somebody holds it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from PIL import Image

FIRMWARE: Final = Path("/usr/share/OVMF/OVMF_CODE.fd")
_VARIABLES: Final = Path("/usr/share/OVMF/OVMF_VARS.fd")
_LOOK_S: Final = 1.0
_TOUCH: Final = 32767       # QEMU's absolute axes end here


class MachineFailed(Exception):
    """The machine did not come to what was waited for; the words say where to look."""


class Machine:
    """One machine; leaving the `with` block is pulling its plug."""

    def __init__(self, disk: Path, folder: Path, *, size: tuple[int, int] = (1080, 1920), forwards: str = "") -> None:
        self.disk, self.folder, self.size = disk, folder, size
        self._forwards = forwards
        self._process: subprocess.Popen[bytes] | None = None
        self._qmp: Qmp | None = None
        self.console = folder / "console.log"
        self.taps = 0
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        self.power_on()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.power_off()

    def power_on(self) -> None:
        """Start it; back when its monitor answers."""
        variables = self.folder / "vars.fd"
        if not variables.exists():
            shutil.copyfile(_VARIABLES, variables)
        for name in ("qmp.sock", "scanner.sock", "shell.sock"):
            (self.folder / name).unlink(missing_ok=True)
        with (self.folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(self._command(variables), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._qmp = Qmp(self.folder / "qmp.sock")
        self.booted_s = time.monotonic()

    def power_off(self) -> None:
        """Pull the plug."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _command(self, variables: Path) -> list[str]:
        wide, high = self.size
        return [
            "setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64",
            "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+rdrand",
            "-smp", "2", "-m", "2048", "-no-user-config",
            "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={FIRMWARE}",
            "-drive", f"if=pflash,format=raw,unit=1,file={variables}",
            *self.drive(),
            "-vga", "none", "-device", f"virtio-vga,xres={wide},yres={high}", "-display", "none",
            "-device", "qemu-xhci,id=usb", "-device", "usb-tablet,bus=usb.0",
            "-chardev", f"socket,id=scanner,path={self.folder / 'scanner.sock'},server=on,wait=off",
            "-device", "usb-serial,bus=usb.0,chardev=scanner",
            "-device", "i6300esb", "-action", "watchdog=reset",
            "-netdev", f"user,id=net{self._forwards}", "-device", "virtio-net-pci,netdev=net",
            "-device", "virtio-rng-pci",
            "-audiodev", "none,id=sound", "-device", "intel-hda", "-device", "hda-duplex,audiodev=sound",
            "-serial", f"file:{self.console}",
            "-serial", f"unix:{self.folder / 'shell.sock'},server=on,wait=off",
            "-qmp", f"unix:{self.folder / 'qmp.sock'},server=on,wait=off", "-monitor", "none",
        ]

    def drive(self) -> list[str]:
        """The words for its one disk; what it has flushed outlives QEMU, if not this machine."""
        return [
            "-drive", f"if=none,id=disk,format=qcow2,file={self.disk},discard=unmap,cache=unsafe",
            "-device", "virtio-blk-pci,drive=disk",
        ]

    def ask(self, command: str, **arguments: Any) -> Any:
        """One question to the monitor; its answer."""
        assert self._qmp is not None
        return self._qmp.ask(command, **arguments)

    def look(self, picture: Path) -> Image.Image:
        """What is on the screen now; kept as a PNG."""
        raw = self.folder / "screen.ppm"
        self.ask("screendump", filename=str(raw))
        with Image.open(raw) as image:
            shown = image.convert("RGB")
        shown.save(picture)
        return shown

    def tap(self, x: float, y: float) -> None:
        """A finger at this place of the screen, both from 0 to 1."""
        places = [
            {"type": "abs", "data": {"axis": axis, "value": round(value * _TOUCH)}}
            for axis, value in (("x", x), ("y", y))
        ]
        self.taps += 1
        self.ask("input-send-event", events=places)
        for down in (True, False):
            self.ask("input-send-event", events=[{"type": "btn", "data": {"button": "left", "down": down}}])
            time.sleep(0.2)

    def plug_scanner(self) -> socket.socket:
        """Hold the scanner's cable: it is plugged as long as this is open, and what is sent is read."""
        cable = socket.socket(socket.AF_UNIX)
        cable.connect(str(self.folder / "scanner.sock"))
        return cable

    def plug_stick(self, stick: Path) -> None:
        """A USB stick with this file system, as a hand does it."""
        file = {"driver": "file", "filename": str(stick)}
        self.ask("blockdev-add", **{"node-name": "stick", "driver": "raw", "file": file})
        self.ask("device_add", driver="usb-storage", id="stick", bus="usb.0", drive="stick", removable=True)

    def pull_stick(self) -> None:
        """Whatever it is being used for."""
        self.ask("device_del", id="stick")
        self.wait_for("the stick to be out", self._lets_go_of_stick, 60)

    def _lets_go_of_stick(self) -> bool:
        try:
            self.ask("blockdev-del", **{"node-name": "stick"})
        except MachineFailed:
            return False    # the device is still on its way out
        return True

    def wait_for(self, what: str, claim: Callable[[], bool], timeout_s: float) -> float:
        """Wait until the claim holds; how long since power came. Raises MachineFailed."""
        deadline = time.monotonic() + timeout_s
        while not claim():
            if self._process is not None and self._process.poll() is not None:
                raise MachineFailed(f"QEMU ended with {self._process.returncode}: {self.folder / 'qemu.log'}")
            if time.monotonic() > deadline:
                self.look(self.folder / "waited.png")
                raise MachineFailed(f"waited {timeout_s:.0f} s for {what}; {self.folder / 'waited.png'} is the screen")
            time.sleep(_LOOK_S)
        return time.monotonic() - self.booted_s

    def said(self, words: str) -> bool:
        """Whether these words were on the serial console."""
        return self.console.exists() and words in self.console.read_text("utf-8", "replace")


class Qmp:
    """QEMU's monitor."""

    def __init__(self, path: Path, timeout_s: float = 30.0) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.settimeout(timeout_s)
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                self._line.connect(str(path))
                break
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > deadline:
                    raise MachineFailed(f"nobody answers at {path}") from None
                time.sleep(0.1)
        self._lines = self._line.makefile("rb")
        self._lines.readline()
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: Any) -> Any:
        """One question; its answer. Raises MachineFailed."""
        self._line.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while line := self._lines.readline():
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise MachineFailed(f"{command}: {answer['error']['desc']}")
        raise MachineFailed(f"{command}: the monitor is gone")


def make_disk(image: Path, disk: Path, size: str = "8G", *, kind: str = "raw") -> None:
    """A disk as it is after flashing, or a station's own: what is written to it stays beside it."""
    disk.unlink(missing_ok=True)
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", kind, "-b", str(image.resolve()), str(disk), size],
        check=True,
    )
