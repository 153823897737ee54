"""Finding the site file, keeping it, and setting the machine up by it."""

from __future__ import annotations

import grp
import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync.station.host.screen import keep_screen, read_screen
from sync.station.host.table import ScreenSet

from .errors import SiteFileWrong
from .render import render
from .schema import MAX_BYTES, Site, parse_site, read_bytes, read_site

log = logging.getLogger(__name__)

NAME: Final = "site.toml"
_STICK_S: Final = 5.0      # from the plug until a stick can be read
_BESIDE: Final = ("authorized_keys", "authorized_keys.sig")     # a technician's keys, checked when they are used


@dataclass(frozen=True)
class Places:
    """Where things lie on a station."""

    stick: Path = Path("/run/yizhan/stick")     # where run-yizhan-stick.mount puts it
    drivers: Path = Path("/sys/bus/usb/drivers")
    boot: Path = Path("/efi")
    kept: Path = Path("/data/site")
    run: Path = Path("/run")
    kiosk: Path = Path("/etc/yizhan/kiosk.toml")
    authorities: Path = Path("/etc/ssl/certs/ca-certificates.crt")


def apply(places: Places) -> Site:
    """Set the machine up: by the stick, else by what is kept, else by the boot partition. Raises SiteFileWrong after
    having set up what was there before."""
    faults: SiteFileWrong | None = None
    try:
        _wait_for_stick(places)
        _take_keys(places.stick, places.run / "yizhan" / "technician")
        _take(places.stick / NAME, places)
    except SiteFileWrong as wrong:
        faults = wrong
    except OSError as cause:
        log.warning("the stick cannot be read: %s", cause.strerror)
    site = Site()
    for path in (places.kept / NAME, places.boot / NAME):
        if path.is_file():
            try:
                site = read_site(path)
                break
            except SiteFileWrong as wrong:
                faults = faults or wrong
    _write_all(site, places)
    _turn(site, places.kept)
    if faults is not None:
        raise faults
    return site


def _wait_for_stick(places: Places) -> None:
    """Until a stick that is plugged can be read; not at all where the kernel knows of none."""
    deadline_s = time.monotonic() + _STICK_S
    while not places.stick.is_mount() and time.monotonic() < deadline_s:
        if not any(places.drivers.glob("*/*:*/host*")):
            return
        time.sleep(0.1)


def _take(path: Path, places: Places) -> None:
    """Keep a stick's file if it is right; raises SiteFileWrong, OSError."""
    if not path.is_file():
        return
    raw = read_bytes(path)
    parse_site(raw)
    kept = places.kept / NAME
    draft = kept.with_suffix(".new")
    with suppress(FileNotFoundError):
        draft.unlink()
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(kept)
    log.info("the site file of the stick is kept")


def _take_keys(stick: Path, folder: Path) -> None:
    if all((stick / name).is_file() for name in _BESIDE):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in _BESIDE:
            with (stick / name).open("rb") as file:
                (folder / name).write_bytes(file.read(MAX_BYTES))
            (folder / name).chmod(0o600)


def _write_all(site: Site, places: Places) -> None:
    authorities = places.authorities.read_text("ascii", "replace") if site.authority else ""
    for name, rendered in render(site, places.kiosk.read_text("utf-8"), authorities).items():
        path = places.run / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            path.unlink()
        mode = 0o640 if rendered.is_secret else 0o644
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(rendered.text)
        if rendered.is_secret:
            with suppress(KeyError):
                os.chown(path, -1, grp.getgrnam("yizhan").gr_gid)


def _turn(site: Site, kept: Path) -> None:
    """The site's rotation counts until somebody turns the screen at the station itself."""
    if site.rotation is not None and not (kept / "screen.toml").exists():
        keep_screen(kept, ScreenSet(site.rotation, read_screen(kept).matrix))
