from __future__ import annotations

import re

import pytest

import devices.errors
from devices.errors import DeviceError, DeviceLost


def _all_errors() -> list[type[DeviceError]]:
    found = [DeviceError]
    for kind in found:
        found += kind.__subclasses__()
    return found


@pytest.mark.parametrize("kind", _all_errors())
def test_every_error_has_a_code_a_next_step_and_a_meaning(kind: type[DeviceError]) -> None:
    assert re.fullmatch(r"DEV-[A-Z]+", kind.__dict__["code"])
    assert re.search(r"[\u4e00-\u9fff]", kind.__dict__["next_step"])
    assert kind.__doc__
    assert kind.__module__ == devices.errors.__name__


def test_no_code_is_used_twice() -> None:
    codes = [kind.code for kind in _all_errors()]
    assert len(set(codes)) == len(codes)


def test_an_error_names_code_device_and_detail() -> None:
    assert str(DeviceLost("scanner", "read failed")) == "DEV-LOST scanner: read failed"
    assert str(DeviceLost("scanner")) == "DEV-LOST scanner"
