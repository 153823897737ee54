"""The kiosk's configuration: defaults, a TOML file, the command line; every fault is listed before exit."""

from __future__ import annotations

import argparse
import difflib
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from kiosk.errors import ConfigError
from sync.station.errors import AddressRefused
from sync.station.exchange.address import check_address

SYSTEM_FILE: Final = Path("/etc/yizhan/kiosk.toml")
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class Config:
    """How this kiosk runs; the names are the keys of the file."""

    data: Path = Path("/var/lib/yizhan")    # folder of station.db
    size: tuple[int, int] = (1080, 1920)    # pixels of the window
    fullscreen: bool = False
    dpi: float = 0.0                        # of the panel; 0: as on 32 inches
    scanners: tuple[str, ...] = ()          # serial ports by URL: /dev/ttyACM0, socket://…
    fonts: Path | None = None               # folder of the two faces; None: the usual places
    demo_socket: Path | None = None         # virtual scanner's socket; shows the demo drawer
    demo_words: Path | None = None          # file for the words on the screen and their places; for `make tour`
    sounds: bool = True
    browser: tuple[str, ...] = ("chromium",)    # the call window; the field puts user and sandbox in front
    player: tuple[str, ...] = ("mpv",)          # plays health talks
    call_port: int = 8765                   # of the call page on this machine; the browser's policy names it
    fake_camera: bool = False               # for demos and tests, and the picture says so
    office: str = ""                        # the office's address, when it is known before the enrolment
    setup: bool = False                     # home waits until the set-up test was passed; a station image sets it
    log_level: str = "INFO"

    @property
    def database(self) -> Path:
        """The station's database."""
        return self.data / "station.db"


class _Wrong(ValueError):
    """One value cannot be used; the text says what is expected."""


def _path(value: Any) -> Path:    # noqa: ANN401
    if not isinstance(value, str) or not value:
        raise _Wrong("a path")
    return Path(value).expanduser()


def _size(value: Any) -> tuple[int, int]:    # noqa: ANN401
    parts = value.lower().split("x") if isinstance(value, str) else []
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise _Wrong('a size such as "1080x1920"')
    wide, high = int(parts[0]), int(parts[1])
    if not (480 <= wide <= 8192 and 480 <= high <= 8192):
        raise _Wrong("a size of 480 to 8192 pixels a side")
    return wide, high


def _flag(value: Any) -> bool:    # noqa: ANN401
    if not isinstance(value, bool):
        raise _Wrong("true or false")
    return value


def _dpi(value: Any) -> float:    # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not (value == 0 or 20 <= value <= 600):
        raise _Wrong("a number from 20 to 600, or 0")
    return float(value)


def _urls(value: Any) -> tuple[str, ...]:    # noqa: ANN401
    if not isinstance(value, list) or not all(isinstance(url, str) and url for url in value):
        raise _Wrong('a list of ports such as ["/dev/ttyACM0"]')
    return tuple(value)


def _command(value: Any) -> tuple[str, ...]:    # noqa: ANN401
    if not isinstance(value, list) or not value or not all(isinstance(word, str) and word for word in value):
        raise _Wrong('a command such as ["chromium"]')
    return tuple(value)


def _port(value: Any) -> int:    # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 65_535:
        raise _Wrong("a port from 1 to 65535, or 0 for any")
    return value


def _address(value: Any) -> str:    # noqa: ANN401
    try:
        return check_address(value) if isinstance(value, str) and value else ""
    except AddressRefused as refused:
        raise _Wrong("an address that begins with https://") from refused


def _level(value: Any) -> str:    # noqa: ANN401
    if value not in _LEVELS:
        raise _Wrong("one of " + ", ".join(_LEVELS))
    return str(value)


_CHECKS: Final[dict[str, Callable[[Any], Any]]] = {
    "data": _path, "size": _size, "fullscreen": _flag, "dpi": _dpi, "scanners": _urls,
    "fonts": _path, "demo_socket": _path, "demo_words": _path, "sounds": _flag, "log_level": _level,
    "office": _address, "setup": _flag,
    "browser": _command, "player": _command, "call_port": _port, "fake_camera": _flag,
}


def checked(values: dict[str, Any], source: str, base: Config | None = None) -> Config:
    """The configuration with these values put in; raises ConfigError listing every fault."""
    faults: list[str] = []
    good: dict[str, Any] = {}
    names = [field.name for field in fields(Config)]
    for name, value in values.items():
        check = _CHECKS.get(name)
        if check is None:
            near = difflib.get_close_matches(name, names, 1)
            faults.append(f"{source}: unknown key {name!r}" + (f", did you mean {near[0]!r}?" if near else ""))
            continue
        try:
            good[name] = check(value)
        except _Wrong as fault:
            faults.append(f"{source}: {name} = {value!r}: expected {fault}")
    if faults:
        raise ConfigError("\n".join(faults))
    return replace(base or Config(), **good)


def load(path: Path) -> dict[str, Any]:
    """The values in a TOML file; raises ConfigError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise ConfigError(f"{path}: {cause.strerror}") from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise ConfigError(f"{path}: {cause}") from cause


def from_command_line(arguments: Sequence[str] | None = None, system_file: Path = SYSTEM_FILE) -> Config:
    """The file's values, then the command line's; raises ConfigError listing every fault of both."""
    given = vars(_parser().parse_args(arguments))
    path: Path | None = given.pop("config")
    if path is None and system_file.exists():
        path = system_file
    typed = {name: value for name, value in given.items() if value is not None}
    faults: list[str] = []
    config = Config()
    for read, source in ((lambda: load(path) if path else {}, str(path)), (lambda: typed, "command line")):
        try:
            config = checked(read(), source, config)
        except ConfigError as error:
            faults.append(error.detail)
    if faults:
        raise ConfigError("\n".join(faults))
    return config


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yizhan-kiosk", description="The touch screen of a rest station")
    parser.add_argument("--config", type=Path, help=f"TOML file (default: {SYSTEM_FILE} if it is there)")
    parser.add_argument("--data", metavar="FOLDER", help="folder of station.db")
    parser.add_argument("--size", metavar="WxH", help="window in pixels, 1080x1920 or 1920x1080")
    parser.add_argument("--fullscreen", action="store_true", default=None, help="cover the screen")
    parser.add_argument("--dpi", type=float, help="dots per inch of the panel")
    parser.add_argument("--scanner", metavar="URL", action="append", dest="scanners", help="serial port, repeatable")
    parser.add_argument("--fonts", metavar="FOLDER", help="folder of the Chinese faces")
    parser.add_argument("--demo-socket", metavar="PATH", help="virtual scanner's socket; shows example codes")
    parser.add_argument("--demo-words", metavar="FILE", help="write the words on the screen and their places there")
    parser.add_argument("--no-sounds", action="store_false", dest="sounds", default=None, help="stay silent")
    parser.add_argument("--fake-camera", action="store_true", default=None, help="a drawn picture for a camera's")
    parser.add_argument("--call-port", type=int, help="port of the call page on this machine")
    parser.add_argument("--log-level", metavar="LEVEL", help=" / ".join(_LEVELS))
    return parser
