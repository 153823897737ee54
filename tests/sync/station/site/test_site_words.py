"""What the site file's command says to readers of Chinese."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sync.station.site.__main__ import main
from sync.station.site.schema import MAX_BYTES


@pytest.mark.parametrize("text", [
    "[wfi]\n", "[network]\nzzz = 1\n", "station = 1\n", "[screen]\nrotation = 45\n", "[wifi\n", "a = 'x", "=",
    "[wifi]\nname = 'n'\npassword = 'x'\n", "[network]\naddress = '192.0.2.20'\ndns = []\ntime = []\n",
    "[network]\ngateway = '192.0.2.1'\n",
    "[network]\naddress = '192.0.2.20/24'\ngateway = '198.51.100.1'\n", "[wifi]\npassword = 'long enough'\n",
    "[station]\ncode = 'x'\noffice = 'x'\nauthority = 'x'\n",
    "[network]\ngateway = 'x'\ntime = ['?']\ndns = [1]\n",
    "[wifi]\nname = ''\ncountry = 'china'\n", "x = 1\nx = 2\n", "#" * (MAX_BYTES + 1),
])
def test_every_fault_has_chinese_words_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """What is left of other letters is names of the file itself."""
    path = tmp_path / "site.toml"
    path.write_text(text)
    assert main(["check", str(path)]) == 1
    head, *faults = capsys.readouterr().err.splitlines()
    assert head.startswith("SITE-FILE：")
    assert faults
    english = re.compile(r"\b(?:unknown|expected|wants|at line|not in|such as|larger|invalid)\b", re.IGNORECASE)
    assert all(re.search(r"[\u4e00-\u9fff]", fault) and not english.search(fault) for fault in faults), faults


def test_a_site_file_that_is_not_there_is_said_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.toml")]) == 1
    assert "找不到" in capsys.readouterr().err
