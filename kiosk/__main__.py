"""`yizhan-kiosk`: the touch screen."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from kiosk.config import Config, from_command_line
from kiosk.errors import ConfigError, FontsMissing, KioskRunning
from sync.station.alone import alone
from sync.station.errors import StoreUnwritable

log = logging.getLogger(__name__)

_SETTLED_S: Final = 15.0    # home stands, and the screens it leads to


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until the window closes; 2 if the configuration is wrong."""
    try:
        config = from_command_line(arguments)
    except ConfigError as error:
        sys.stderr.write(f"{error.detail}\n{error.next_step}（{error.code}）\n")
        return 2
    logging.basicConfig(
        level=config.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%Y-%m-%d %H:%M:%S%z"
    )
    logging.getLogger("kivy").setLevel(logging.WARNING)
    try:
        # Before anything of the folder is touched: two would take each other's scanner and repeat its faults for ever.
        with _alone(config.data):
            return _run(config)
    except KioskRunning as error:
        sys.stderr.write(f"{error.cause}：{error.detail}\n{error.next_step}（{error.code}）\n")
        return 1
    except FontsMissing as error:
        sys.stderr.write(f"{error.cause}：{error.detail}\n{error.next_step}（{error.code}）\n")
        return 1


@contextmanager
def _alone(data: Path) -> Generator[None]:
    """Hold the station's folder; on a disk that nothing can be written to, the screen itself says what is wrong."""
    with ExitStack() as stack:
        try:
            stack.enter_context(alone(data, "kiosk.lock", KioskRunning))
        except StoreUnwritable as error:
            log.warning("%s", error)
        yield


def _run(config: Config) -> int:
    gc.disable()    # what is made while it starts stays: to look through it again and again costs a tenth of the time
    from kiosk.ui.fonts import find_folder  # noqa: PLC0415
    from kiosk.ui.prepare import prepare  # Kivy reads its settings when it is imported  # noqa: PLC0415

    find_folder(config.fonts)
    prepare(config.data / "kivy", config.size, fullscreen=config.fullscreen)
    from kiosk.app import KioskApp  # noqa: PLC0415
    from kiosk.ui.ticks import later  # noqa: PLC0415

    if not KioskApp.has_display():
        sys.stderr.write("没有屏幕：先启动 X 服务器，再设好 DISPLAY\n")
        return 1
    app = KioskApp(config)
    end_by_signal(app.end_soon)
    later(_settle, _SETTLED_S)
    app.run()
    return 0


def end_by_signal(end_soon: Callable[[], object]) -> None:
    """Have SIGTERM and SIGINT call it, which must not take a lock: what they interrupt may hold it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: end_soon())


def _settle() -> None:
    """From here on look for what nobody holds any more, but not among what has been made until now."""
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
