"""Options of the whole test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--scanner", metavar="URL", help="also run the scanner tests on this real one, /dev/ttyACM0")
