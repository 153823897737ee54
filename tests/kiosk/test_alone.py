"""Two kiosks on one station's folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kiosk import __main__ as program
from kiosk.errors import KioskRunning
from sync.station.alone import alone
from tests.kiosk.conftest import Desk


def test_the_second_kiosk_refuses_names_the_first_and_leaves_no_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(tmp_path, "kiosk.lock", KioskRunning):
        assert program.main(["--data", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert (f"进程 {os.getpid()}" in said, str(tmp_path) in said, KioskRunning.next_step in said) == (True, True, True)
    assert [path.name for path in tmp_path.iterdir()] == ["kiosk.lock"]
    with alone(tmp_path, "kiosk.lock", KioskRunning):
        pass    # whoever ended, however, is in nobody's way


def test_a_scanner_that_was_taken_out_of_the_settings_has_no_fault_any_more(desk: Desk) -> None:
    desk.equipment.report("scanner", "")
    desk.equipment.report("scanner-2", "DEV-MISSING")
    desk.equipment.keep_only(["scanner"])
    desk.equipment.keep_only(["scanner"])
    assert desk.kinds() == ["device.faulted", "device.removed"]
    desk.equipment.report("scanner-2", "DEV-MISSING")
    assert desk.kinds()[-1] == "device.faulted"
