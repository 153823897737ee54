"""The repository stands alone: pinned, addressless, and whole in one direction."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_MADE = {".git", ".venv", "build", "data", "node_modules", "vendor", "__pycache__"}
_TEXT = {".py", ".kv", ".md", ".toml", ".txt", ".json", ".html", ".css", ".js", ".sh", ".csv", ""}


def sources() -> Iterator[Path]:
    """Every text file of ours."""
    for folder, names, files in os.walk(ROOT):
        names[:] = [
            name for name in names
            if name not in _MADE and not name.endswith(("_cache", ".egg-info")) and name != ".hypothesis"
        ]
        for name in files:
            if name not in _MADE and Path(name).suffix in _TEXT:     # .git is a file in a second working folder
                yield Path(folder) / name


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that others may enter, unlike tmp_path."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_and_hashes_everything_and_names_no_registry(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted|@ |file:", text)
    for requirement in re.split(r"\n(?=[a-z0-9])", text.split("\n", 1)[1]):
        assert re.match(r"[a-z0-9.-]+(\[[a-z,]+\])?==\S+ ", requirement), requirement.splitlines()[0]
        assert "--hash=sha256:" in requirement, requirement.splitlines()[0]


def test_the_smaller_locks_pin_what_the_largest_pins() -> None:
    pins = {lock.stem: set(re.findall(r"^(\S+==\S+)", lock.read_text(), re.MULTILINE)) for lock in LOCKS}
    assert pins["base"] <= pins["central"] <= pins["dev"]


def test_the_browser_libraries_are_pinned_and_name_no_registry() -> None:
    lock = json.loads((ROOT / "sync/central/assets/package-lock.json").read_text())
    for name, package in lock["packages"].items():
        assert "resolved" not in package
        assert not name or "integrity" in package


def test_nothing_refers_to_somebodys_machine() -> None:
    # Spelled in parts, so that this file is not its own finding.
    private = re.compile("|".join(rf"(?<!\w)/{name}/" for name in ("root", "home", "Users", "wo" + "rk", "tmp/" + "w")))
    for source in sources():
        found = private.search(source.read_text(encoding="utf-8"))
        assert not found, f"{source.relative_to(ROOT)}: {found and found[0]}"


def test_set_up_names_what_is_missing_and_changes_nothing_when_asked_to_check(tmp_path: Path) -> None:
    for name in ("deploy", "requirements", "sync/central/assets", "kiosk/ui"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("deploy/setup", "deploy/say.sh", "requirements/dev.txt", "pyproject.toml", "kiosk/ui/fonts.py",
                 "sync/central/assets/package-lock.json", "sync/central/assets/build.sh"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "deploy" / "packages.txt").write_text("# a comment\ncoreutils\n")
    before = sorted(tmp_path.rglob("*"))
    command = ["sh", "deploy/setup", "--check"]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0
    assert [line for line in checked.stderr.splitlines() if ".venv" in line]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes nobody, which only root can")
def test_set_up_tells_who_is_not_root_what_to_install_and_stops(open_folder: Path) -> None:
    folder = open_folder / "deploy"
    folder.mkdir()
    for name in ("setup", "say.sh"):
        (folder / name).write_bytes((ROOT / "deploy" / name).read_bytes())
    (folder / "packages.txt").write_text("coreutils\nawk\nno-such-package-here  # why\n")
    told = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "deploy/setup"],
        cwd=open_folder, capture_output=True, text=True, check=False,
    )
    assert told.returncode == 3
    assert "apt-get install --no-install-recommends --yes no-such-package-here" in told.stderr
    assert "coreutils" not in told.stderr
    assert "awk" not in told.stderr, "mawk or gawk provides it"
    assert "stopped at" not in told.stderr
    assert sorted(open_folder.iterdir()) == [folder]
