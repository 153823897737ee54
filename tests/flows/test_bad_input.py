"""Whatever comes down the line, the next good scan works and no traceback is shown."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk

GOOD = "YZ0000001X"
BAD = {
    "unknown": b"6901234567892",
    "wrong check character": b"YZ00000010",
    "over-long": b"9" * 5_000,
    "binary": bytes(byte for byte in range(256) if byte not in b"\r\n"),
    "random": os.urandom(300).replace(b"\r", b"").replace(b"\n", b""),
    "bad UTF-8": b"\xff\xfe\xc3\x28",
    "formula": b"=cmd|' /C calc'!A0",
    "markup": b"[color=ff0000]hello[/color]",
    "SQL": b"YZ'; DROP TABLE journal; --",
    "NUL": b"\x00\x00",
}


@pytest.mark.parametrize("frame", BAD.values(), ids=BAD.keys())
def test_a_bad_scan_stops_no_good_one(kiosk: Kiosk, frame: bytes) -> None:
    kiosk.scan(frame)
    assert kiosk.screen in {"unknown", "home"}
    assert "Traceback" not in kiosk.words()
    kiosk.scan(GOOD)
    assert kiosk.shows("book")


def test_an_unknown_code_says_so_and_is_kept(kiosk: Kiosk) -> None:
    kiosk.scan("6901234567892")
    assert kiosk.says("系统里没有这个条码")
    assert kiosk.kinds() == ["CodeUnknown"]


def test_a_periodical_is_told_from_a_book(kiosk: Kiosk) -> None:
    kiosk.scan("9771671688002")
    assert kiosk.says("这是杂志的条码")


def test_empty_scans_do_nothing(kiosk: Kiosk) -> None:
    kiosk.scanner.scan(b"\r\n\r\r\n\n", framing="none")
    kiosk.scan(GOOD)
    assert kiosk.shows("book")
    assert kiosk.app.scans == 1


def test_half_a_scan_is_forgotten_after_a_moment(kiosk: Kiosk) -> None:
    kiosk.scanner.scan(b"YZ0000", framing="none")
    kiosk.wait_really(0.3)
    kiosk.scan(GOOD)
    assert kiosk.says("活着")
    assert kiosk.kinds() == []


@pytest.mark.parametrize("framing", ["cr", "lf", "crlf"])
def test_every_usual_line_end_works(kiosk: Kiosk, framing: str) -> None:
    kiosk.scan(GOOD, framing)  # type: ignore[arg-type]
    assert kiosk.shows("book")


def test_twenty_scans_in_a_burst_wedge_nothing(kiosk: Kiosk) -> None:
    kiosk.tap("借书")
    kiosk.scanner.scan(b"\r\n".join([b"6901234567892", GOOD.encode()] * 10))
    kiosk.wait_really(0.3)
    kiosk.settle()
    kiosk.tap("首页").scan("YZ00000036")
    assert kiosk.says("三体")
    assert kiosk.kinds().count("BookBorrowed") <= 1


def test_an_unplugged_scanner_is_told_and_comes_back(kiosk: Kiosk) -> None:
    kiosk.scan(GOOD)
    kiosk.scanner.unplug()
    kiosk.wait(lambda: "DeviceFaulted" in kiosk.kinds())
    kiosk.scanner.plug()
    kiosk.wait(lambda: "DeviceRecovered" in kiosk.kinds())
    kiosk.tap("首页")
    kiosk.scan("YZ00000036")
    assert kiosk.says("三体")
