"""The replay of a log of writes, on a real log and a real file system; `make powercut` plays it on a whole station."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.protocol.events import CheckedIn
from sync.station.facts import Identity
from sync.station.store import Store
from tests.image.powercut.checks import Boot, Partition, Wrong, boot_of, check_data, cut_out, partitions_of
from tests.image.powercut.cuts import Cut, Disk, choose_cuts
from tests.image.powercut.writes import LogBroken, read_log

MB = 1024 * 1024
needs_qemu = pytest.mark.skipif(shutil.which("qemu-io") is None, reason="needs qemu-utils, which `make image` installs")


@pytest.fixture
def logged(tmp_path: Path) -> tuple[Path, Path]:
    """A disk of zeros as it was, and the log of what QEMU then wrote to it: 1 and 2 flushed, 3 and 4 not."""
    before, disk, log = tmp_path / "before.raw", tmp_path / "disk.raw", tmp_path / "log"
    for path, size in ((before, 8 * MB), (disk, 8 * MB), (log, MB)):
        path.touch()
        with path.open("r+b") as file:
            file.truncate(size)
    steps = ["write -P 1 1M 4k", "write -P 2 2M 4k", "flush", "write -P 3 1M 4k", "write -P 4 3M 4k"]
    options = (
        f"driver=blklogwrites,file.driver=raw,file.file.driver=file,file.file.filename={disk},"
        f"log.driver=raw,log.file.driver=file,log.file.filename={log}"
    )
    given = [word for step in steps for word in ("-c", step)]
    command = ["qemu-io", "-t", "writeback", *given, "--image-opts", options]
    subprocess.run(command, check=True, capture_output=True)
    return before, log


@needs_qemu
def test_a_log_tells_every_write_and_flush_in_order(logged: tuple[Path, Path]) -> None:
    requests = list(read_log(logged[1]))[:5]
    assert [(one.at // MB, one.size, one.flushes) for one in requests] == [
        (1, 4096, False), (2, 4096, False), (0, 0, True), (1, 4096, False), (3, 4096, False),
    ]


@needs_qemu
def test_what_was_flushed_is_there_and_the_rest_is_luck(logged: tuple[Path, Path]) -> None:
    before, log = logged
    found: set[tuple[int, int]] = set()
    with Disk(before, log) as disk:
        for seed in range(60):
            with disk.at(Cut(5, seed)):
                content = before.read_bytes()
                assert content[2 * MB] == 2
                assert content[1 * MB + 4095] in {1, 3}
                found.add((content[1 * MB], content[3 * MB]))
        assert before.read_bytes()[1 * MB] == 1     # and taken back
    assert found == {(1, 0), (1, 4), (3, 0), (3, 4)}


@needs_qemu
def test_nothing_is_there_before_it_was_written(logged: tuple[Path, Path]) -> None:
    before, log = logged
    with Disk(before, log) as disk, disk.at(Cut(0, 1)):
        assert not any(before.read_bytes())


def test_cuts_are_the_same_for_the_same_seed() -> None:
    cuts = choose_cuts(1_000, 20, 7)
    assert cuts == choose_cuts(1_000, 20, 7)
    assert len(cuts) == 20
    assert cuts == sorted(cuts)


def test_a_file_that_is_no_log_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"\0" * 4096)
    with pytest.raises(LogBroken):
        list(read_log(tmp_path / "log"))


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A data partition with a station's store, in which one worker has checked in."""
    root = tmp_path / "root"
    (root / "station").mkdir(parents=True)
    store = Store.open(root / "station" / "station.db", create=True)
    store.enrol(Identity("330502-01", "衣裳街", "https://office.example", "install", "epoch", "key"), 0, "")
    store.journal.append(CheckedIn(checkin="0001", trade="courier"), at=datetime.now(UTC))
    store.close()
    disk = tmp_path / "disk.raw"
    with disk.open("wb") as file:
        file.truncate(64 * MB)
    table = "label: gpt\nstart=2048, size=65536, name=data\n"
    subprocess.run(["sfdisk", "--quiet", str(disk)], input=table.encode(), check=True, capture_output=True)
    subprocess.run(
        ["mke2fs", "-q", "-F", "-t", "ext4", "-d", str(root), "-E", f"offset={2048 * 512}", str(disk), "32M"],
        check=True, capture_output=True,
    )
    data = tmp_path / "data.raw"
    cut_out(disk, partitions_of(disk)["data"], data)
    return data


def test_what_the_screen_confirmed_is_found_on_the_partition(station: Path, tmp_path: Path) -> None:
    assert check_data(station, tmp_path / "out", {"checkin.made": 1}) == 1


def test_an_event_that_is_gone_is_told(station: Path, tmp_path: Path) -> None:
    with pytest.raises(Wrong, match=r"confirmed 2 of checkin[.]made, and 1 are there"):
        check_data(station, tmp_path / "out", {"checkin.made": 2})


def test_a_torn_file_system_is_told(station: Path, tmp_path: Path) -> None:
    with station.open("r+b") as file:
        file.seek(40 * 1024)
        file.write(b"\xff" * 256 * 1024)
    with pytest.raises(Wrong):
        check_data(station, tmp_path / "out", {})


def _esp_with(tmp_path: Path, variables: str) -> tuple[Path, Partition]:
    """A boot partition with these variables of the boot loader."""
    esp, block = tmp_path / "esp.raw", tmp_path / "grubenv"
    block.write_text(("# GRUB Environment Block\n" + variables).ljust(1024, "#"))
    with esp.open("wb") as file:
        file.truncate(4 * MB)
    for command in (["mformat", "-i", esp, "-T", "8192", "::"], ["mmd", "-i", esp, "::EFI", "::EFI/yizhan"],
                    ["mcopy", "-i", esp, block, "::EFI/yizhan/grubenv"]):
        subprocess.run(command, check=True, capture_output=True)
    return esp, Partition("yizhan-boot", 0, 4 * MB)


needs_mtools = pytest.mark.skipif(shutil.which("mcopy") is None, reason="needs mtools, which `make image` installs")


@needs_mtools
def test_a_slot_on_trial_must_be_whole_too_until_its_tries_are_used(tmp_path: Path) -> None:
    assert boot_of(*_esp_with(tmp_path, "good=A\ntrial=B\ntries=1\n")) == Boot("A", "B", 1)
    assert Boot("A", "B", 1).slots == ("A", "B")
    assert Boot("A", "B", 3).slots == ("A",)


@needs_mtools
@pytest.mark.parametrize("variables", ["good=C\n", "good=A\ntrial=A\n"])
def test_variables_that_name_no_slot_are_told(tmp_path: Path, variables: str) -> None:
    with pytest.raises(Wrong, match="nothing to start"):
        boot_of(*_esp_with(tmp_path, variables))
