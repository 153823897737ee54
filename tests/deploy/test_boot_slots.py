"""Which slot boots next: three variables in one sector, and never without a good slot."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "deploy/image/station/usr/lib/yizhan/boot-slots"
NEW = b"# GRUB Environment Block\ngood=A\ntrial=\ntries=0\n".ljust(1024, b"#")


@dataclass
class Disk:
    """A boot partition's variables, and the slot that runs."""

    file: Path
    booted: str = "A"

    def call(self, *words: str, fine: bool = True) -> str:
        command_line = self.file.with_name("cmdline")
        command_line.write_text(f"root=PARTLABEL=yizhan-a rauc.slot={self.booted} ro\n")
        done = subprocess.run(
            ["python3", "-I", str(PROGRAM), *words], capture_output=True, text=True, check=False,
            env={**os.environ, "YIZHAN_BOOT_FILE": str(self.file), "YIZHAN_BOOT_COMMAND_LINE": str(command_line)},
        )
        assert (done.returncode == 0) == fine, done.stderr
        return done.stdout.strip()

    def values(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.call("show").splitlines())

    def boot(self) -> str:
        """What deploy/image/boot/grub.cfg does."""
        values, slot = self.values(), self.values()["good"]
        if values["trial"] and int(values["tries"]) < 3:
            slot = values["trial"]
            text = self.file.read_bytes().replace(
                f"tries={values['tries']}\n".encode(), f"tries={int(values['tries']) + 1}\n".encode()
            )
            self.file.write_bytes(text)
        self.booted = slot
        return slot


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    file = tmp_path / "grubenv"
    file.write_bytes(NEW)
    return Disk(file)


def install(disk: Disk, slot: str) -> None:
    """What RAUC asks for around writing a slot."""
    disk.call("set-state", slot, "bad")
    disk.call("set-primary", slot)


def test_a_new_disk_boots_its_one_slot_for_ever_and_counts_nothing(disk: Disk) -> None:
    assert disk.call("get-primary") == "A"
    assert disk.call("get-state", "A") == "good"
    for _ in range(5):
        assert disk.boot() == "A"
    assert disk.file.read_bytes() == NEW


def test_an_update_that_is_marked_good_stays(disk: Disk) -> None:
    install(disk, "B")
    assert disk.call("get-primary") == "B"
    assert disk.boot() == "B"
    assert disk.call("get-state", "B") == "bad", "not judged yet"
    disk.call("set-state", "B", "good")
    disk.call("end-trial", fine=False)
    for _ in range(5):
        assert disk.boot() == "B"


def test_a_trial_that_ran_and_was_not_judged_is_over_at_once(disk: Disk) -> None:
    install(disk, "B")
    assert disk.boot() == "B"
    disk.call("end-trial")
    assert [disk.boot() for _ in range(3)] == ["A"] * 3
    disk.call("end-trial", fine=False)


def test_three_trials_that_nobody_judges_lead_back_and_are_never_tried_again(disk: Disk) -> None:
    install(disk, "B")
    assert [disk.boot() for _ in range(8)] == ["B", "B", "B", "A", "A", "A", "A", "A"]
    assert disk.call("get-primary") == "A"


def test_two_power_cuts_in_a_trial_do_not_end_it(disk: Disk) -> None:
    install(disk, "B")
    assert [disk.boot() for _ in range(3)] == ["B"] * 3
    disk.call("set-state", "B", "good")
    assert disk.boot() == "B"


def test_an_update_that_is_marked_bad_leads_back_at_once(disk: Disk) -> None:
    install(disk, "B")
    disk.boot()
    disk.call("set-state", "B", "bad")
    assert disk.boot() == "A"


def test_the_good_slot_is_never_written_over_while_a_trial_runs(disk: Disk) -> None:
    install(disk, "B")
    disk.boot()
    before = disk.file.read_bytes()
    disk.call("set-state", "A", "bad", fine=False)
    assert disk.file.read_bytes() == before


def test_a_slot_that_is_tried_is_not_good_before_it_was_judged_again(disk: Disk) -> None:
    disk.file.write_bytes(NEW.replace(b"trial=\n", b"trial=A\n")[:1024])
    disk.boot()
    assert disk.call("get-state", "A") == "bad"
    disk.call("set-state", "A", "good")
    assert disk.call("get-state", "A") == "good"


def test_what_else_is_kept_there_stays_and_the_file_is_written_where_it_lies(disk: Disk) -> None:
    disk.file.write_bytes(NEW.replace(b"tries=0\n", b"tries=0\nmachine_id=0123\n")[:1024])
    inode = disk.file.stat().st_ino
    install(disk, "B")
    assert disk.values() == {"good": "A", "trial": "B", "tries": "0", "machine_id": "0123"}
    assert disk.file.stat().st_ino == inode
    assert disk.file.stat().st_size == 1024
    assert disk.file.read_bytes().index(b"###") < 512, "all variables in the first sector"


@pytest.mark.parametrize("damage", [b"", b"x" * 1024, NEW[:512]])
def test_a_damaged_file_is_told_and_left_alone(disk: Disk, damage: bytes) -> None:
    disk.file.write_bytes(damage)
    disk.call("set-primary", "B", fine=False)
    assert disk.file.read_bytes() == damage


@pytest.mark.parametrize("words", [["set-primary", "C"], ["set-state", "A"], ["reboot"], [], ["set-state", "A", "x"]])
def test_what_is_not_in_the_table_is_refused(disk: Disk, words: list[str]) -> None:
    disk.call(*words, fine=False)
    assert disk.file.read_bytes() == NEW
