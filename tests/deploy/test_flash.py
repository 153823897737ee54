"""Flashing writes what the map names, reads it back, and refuses a disk that is in use."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLASH = ROOT / "deploy" / "flash"
BLOCK = 4096


def load() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("flash", str(FLASH))
    spec = importlib.util.spec_from_loader("flash", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Eight blocks, of which three are not empty, and their map as bmaptool writes it."""
    path = tmp_path / "station.img"
    blocks = [bytes(BLOCK) for _ in range(8)]
    blocks[0], blocks[5], blocks[6] = os.urandom(BLOCK), os.urandom(BLOCK), os.urandom(BLOCK)
    path.write_bytes(b"".join(blocks))
    ranges = [("0", blocks[0]), ("5-6", blocks[5] + blocks[6])]
    entries = "".join(f'<Range chksum="{hashlib.sha256(data).hexdigest()}"> {at} </Range>' for at, data in ranges)
    path.with_suffix(".bmap").write_text(
        f'<?xml version="1.0" ?><bmap version="2.0"><ImageSize> {8 * BLOCK} </ImageSize>'
        f"<BlockSize> {BLOCK} </BlockSize>"
        f"<BlockMap>{entries}</BlockMap></bmap>"
    )
    return path


def flash(*words: str | Path, said: str = "", language: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(FLASH), *map(str, words)], input=said, capture_output=True, text=True, check=False,
        env={**os.environ, "LC_ALL": language},
    )


def test_what_the_map_names_is_written_and_the_rest_left(image: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(b"\xff" * 8 * BLOCK)
    done = flash("--yes", image, disk)
    assert done.returncode == 0, done.stderr
    written, wanted = disk.read_bytes(), image.read_bytes()
    assert written[:BLOCK] == wanted[:BLOCK]
    assert written[5 * BLOCK:7 * BLOCK] == wanted[5 * BLOCK:7 * BLOCK]
    assert written[BLOCK:5 * BLOCK] == b"\xff" * 4 * BLOCK
    assert "reading back" in done.stderr


def test_nothing_is_written_without_a_yes(image: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(b"mine")
    done = flash(image, disk, said="y\n")
    assert done.returncode == 1
    assert "will be lost" in done.stderr
    assert disk.read_bytes() == b"mine"


def test_a_damaged_image_and_the_map_of_another_are_refused(image: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(bytes(8 * BLOCK))
    whole = image.read_bytes()
    image.write_bytes(whole[:5 * BLOCK] + b"!" + whole[5 * BLOCK + 1:])
    assert "is damaged" in flash("--yes", image, disk).stderr
    image.write_bytes(whole + b"more")
    assert "map of another image" in flash("--yes", image, disk).stderr
    image.with_suffix(".bmap").write_text("<")
    assert "is no map of an image" in flash("--yes", image, disk).stderr
    image.with_suffix(".bmap").unlink()
    assert "fetch both" in flash("--yes", image, disk).stderr


def test_the_site_file_is_checked_first_and_nothing_written(image: Path, tmp_path: Path) -> None:
    disk, site = tmp_path / "disk", tmp_path / "site.toml"
    disk.write_bytes(b"mine")
    site.write_text("[wfi]\n")
    image.with_suffix(".bmap").unlink()
    done = flash("--yes", "--site", site, image, disk)
    assert (done.returncode, disk.read_bytes()) == (1, b"mine")
    assert "SITE-FILE" in done.stderr
    assert "bmap" not in done.stderr


def test_readers_of_chinese_are_told_in_chinese(image: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(b"mine")
    told = [
        flash(image, disk, said="no\n", language="zh_CN.UTF-8"),
        flash("--yes", image, tmp_path / "none", language="zh_CN.UTF-8"),
        flash("--yes", tmp_path / "none.img", disk, language="zh_CN.UTF-8"),
        flash("--yes", image, "/dev/null", language="zh_CN.UTF-8"),
        flash("--yes", image, disk, language="zh_CN.UTF-8"),
    ]
    assert [done.returncode for done in told] == [1, 1, 1, 1, 0]
    for done in told:
        assert not re.search(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b", done.stdout + done.stderr), done.stderr


def test_a_disk_that_does_not_keep_what_is_written_is_told(image: Path, tmp_path: Path) -> None:
    module = load()
    disk = tmp_path / "disk"
    disk.write_bytes(image.read_bytes()[:-BLOCK * 2] + bytes(BLOCK * 2))
    ranges = module.read_map(image.with_suffix(".bmap"), image)
    with pytest.raises(module.Refused, match="does not keep"):
        module.verify(image, disk, ranges, sum(part.size for part in ranges))


def test_the_disk_of_the_running_system_is_refused() -> None:
    """By the table of mounts, as the kernel tells it."""
    module = load()
    device = Path("/").stat().st_dev
    link = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    if not link.exists():
        pytest.skip("this machine's root is on no block device")
    assert module.find_use(Path("/dev") / link.resolve().name).startswith("it is mounted at /")


def test_what_is_no_whole_disk_is_refused(image: Path, tmp_path: Path) -> None:
    assert "is no disk" in flash("--yes", image, "/dev/null").stderr
    assert "is not there" in flash("--yes", image, tmp_path / "none").stderr
    assert "is not there" in flash("--yes", tmp_path / "none.img", tmp_path).stderr


def test_a_wrong_site_file_is_told_before_anything_is_written(image: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(b"mine")
    site = tmp_path / "site.toml"
    site.write_text("[netwrok]\n")
    done = flash("--yes", "--site", site, image, disk)
    assert done.returncode == 1
    assert "netwrok" in done.stderr
    assert disk.read_bytes() == b"mine"
