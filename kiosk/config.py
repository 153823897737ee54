"""The kiosk's configuration: defaults, a TOML file, the command line; every fault is listed before exit."""

from __future__ import annotations

import argparse
import difflib
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from kiosk.errors import ConfigError
from sync.command_line import ChineseParser, why
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
        raise _Wrong("路径")
    return Path(value).expanduser()


def _size(value: Any) -> tuple[int, int]:    # noqa: ANN401
    parts = value.lower().split("x") if isinstance(value, str) else []
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise _Wrong('尺寸，如 "1080x1920"')
    wide, high = int(parts[0]), int(parts[1])
    if not (480 <= wide <= 8192 and 480 <= high <= 8192):
        raise _Wrong("尺寸，每边 480 到 8192 点")
    return wide, high


def _flag(value: Any) -> bool:    # noqa: ANN401
    if not isinstance(value, bool):
        raise _Wrong("true 或 false")
    return value


def _dpi(value: Any) -> float:    # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not (value == 0 or 20 <= value <= 600):
        raise _Wrong("20 到 600 的数，或 0")
    return float(value)


def _urls(value: Any) -> tuple[str, ...]:    # noqa: ANN401
    if not isinstance(value, list) or not all(isinstance(url, str) and url for url in value):
        raise _Wrong('串口的列表，如 ["/dev/ttyACM0"]')
    return tuple(value)


def _command(value: Any) -> tuple[str, ...]:    # noqa: ANN401
    if not isinstance(value, list) or not value or not all(isinstance(word, str) and word for word in value):
        raise _Wrong('命令，如 ["chromium"]')
    return tuple(value)


def _port(value: Any) -> int:    # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 65_535:
        raise _Wrong("1 到 65535 的端口，或 0（随便哪个）")
    return value


def _address(value: Any) -> str:    # noqa: ANN401
    try:
        return check_address(value) if isinstance(value, str) and value else ""
    except AddressRefused as refused:
        raise _Wrong("https:// 开头的网址") from refused


def _level(value: Any) -> str:    # noqa: ANN401
    if value not in _LEVELS:
        raise _Wrong("、".join(_LEVELS) + " 中的一个")
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
            faults.append(f"{source}：不认识 {name}" + (f"，是不是 {near[0]}" if near else ""))
            continue
        try:
            good[name] = check(value)
        except _Wrong as fault:
            faults.append(f"{source}：{name} = {value!r} 不对，要写{fault}")
    if faults:
        raise ConfigError("\n".join(faults))
    return replace(base or Config(), **good)


def load(path: Path) -> dict[str, Any]:
    """The values in a TOML file; raises ConfigError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise ConfigError(f"{path}：{why(cause)}") from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise ConfigError(f"{path}：不是正确的 TOML{_place_of(cause)}") from cause


def _place_of(fault: ValueError) -> str:
    """Where the file cannot be understood, as far as its reader says."""
    found = re.search(r"at line (\d+), column (\d+)", str(fault))
    return f"（第 {found[1]} 行第 {found[2]} 列）" if found else ""


def from_command_line(arguments: Sequence[str] | None = None, system_file: Path = SYSTEM_FILE) -> Config:
    """The file's values, then the command line's; raises ConfigError listing every fault of both."""
    given = vars(_parser().parse_args(arguments))
    path: Path | None = given.pop("config")
    if path is None and system_file.exists():
        path = system_file
    typed = {name: value for name, value in given.items() if value is not None}
    faults: list[str] = []
    config = Config()
    for read, source in ((lambda: load(path) if path else {}, str(path)), (lambda: typed, "命令行")):
        try:
            config = checked(read(), source, config)
        except ConfigError as error:
            faults.append(error.detail)
    if faults:
        raise ConfigError("\n".join(faults))
    return config


def _parser() -> argparse.ArgumentParser:
    parser = ChineseParser(prog="yizhan-kiosk", description="驿站的触摸屏")
    parser.add_argument("--config", type=Path, metavar="文件", help=f"TOML 配置文件（默认：有 {SYSTEM_FILE} 就用它）")
    parser.add_argument("--data", metavar="文件夹", help="station.db 所在的文件夹")
    parser.add_argument("--size", metavar="宽x高", help="窗口多少点，1080x1920 或 1920x1080")
    parser.add_argument("--fullscreen", action="store_true", default=None, help="占满屏幕")
    parser.add_argument("--dpi", type=float, metavar="数", help="屏幕每英寸多少点")
    parser.add_argument("--scanner", metavar="串口", action="append", dest="scanners", help="扫码器的串口，可以写几次")
    parser.add_argument("--fonts", metavar="文件夹", help="中文字体所在的文件夹")
    parser.add_argument("--demo-socket", metavar="路径", help="虚拟扫码器的套接字；屏幕边上列出示例码")
    parser.add_argument("--demo-words", metavar="文件", help="把屏幕上的字和位置写到这里")
    parser.add_argument("--no-sounds", action="store_false", dest="sounds", default=None, help="不出声")
    parser.add_argument("--fake-camera", action="store_true", default=None, help="用画代替摄像头")
    parser.add_argument("--call-port", type=int, metavar="端口", help="本机通话网页的端口")
    parser.add_argument("--log-level", metavar="级别", help="日志级别：" + "、".join(_LEVELS))
    return parser
