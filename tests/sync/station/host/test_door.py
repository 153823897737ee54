"""The door as a program of its own: a real socket, real peers, real programs run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from sync.station.host.client import Host
from sync.station.host.errors import (
    ClockRefused,
    HostAway,
    HostError,
    HostRefused,
)
from sync.station.host.machine import read_site_faults
from sync.station.host.table import MAX_LINE_BYTES, Link, ScreenSet, SlotState

from .conftest import TOOLS, HostProcess


def say(door: HostProcess, *lines: bytes) -> list[dict[str, object]]:
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.settimeout(60)
        visitor.connect(str(door.socket))
        visitor.sendall(b"".join(lines))
        visitor.shutdown(socket.SHUT_WR)
        with visitor.makefile("rb") as answers:
            return [json.loads(line) for line in answers]


def bundle(door: HostProcess, name: str, version: str, description: str = "", head: str = "signed") -> str:
    (door.updates / name).write_text(f"{head}\nversion {version}\ndescription {description}\n")
    return name


def test_links_of_hardware_are_told_those_that_are_up_first(door: HostProcess) -> None:
    assert door.host.links().links == (
        Link("eth7", "wired", is_up=True, address="192.0.2.9"), Link("wlan7", "wired", is_up=False),
    )


def test_a_screen_is_turned_with_its_touch_and_kept(door: HostProcess) -> None:
    assert door.host.screen() == ScreenSet()
    matrix = (1.1, 0.0, -0.05, 0.0, 1.2, -0.1, 0.0, 0.0, 1.0)
    door.host.set_screen(matrix=matrix)
    assert door.host.set_screen(rotation=90) == ScreenSet(90, matrix)
    assert door.host.screen() == ScreenSet(90, matrix)
    assert "xrandr [--output] [HDMI-1] [--rotate] [right]" in door.ran
    set_at_last = [line for line in door.ran if "[set-prop]" in line][-1]
    name = "libinput Calibration Matrix"
    assert set_at_last.startswith(f"xinput [set-prop] [9] [{name}] [0.000000] [1.200000] [-0.100000]")
    assert not [line for line in door.ran if "[set-prop] [11]" in line], "a mouse is not calibrated"
    again = Path(door.site / "screen.toml").read_text()
    assert "rotation = 90" in again


def test_the_screen_is_shown_as_kept_when_x_starts(door: HostProcess) -> None:
    door.host.set_screen(rotation=270)
    before = len(door.ran)
    environment = os.environ | {"PATH": f"{door.folder / 'bin'}:/usr/bin:/bin"}
    words = [sys.executable, "-m", "sync.station.host", "screen", "--site", str(door.site)]
    subprocess.run(words, env=environment, check=True, timeout=60)
    assert "xrandr [--output] [HDMI-1] [--rotate] [left]" in door.ran[before:]


def test_the_clock_is_set_while_no_time_server_is_asked(door: HostProcess) -> None:
    door.host.set_clock(datetime(2026, 12, 1, 8, 30, tzinfo=timezone(timedelta(hours=8))))
    assert door.ran[-3:] == [
        "systemctl [stop] [systemd-timesyncd.service]",
        "timedatectl [set-time] [2026-12-01 00:30:00 UTC]",
        "systemctl [--no-block] [start] [systemd-timesyncd.service]",
    ]


def test_the_clock_is_not_set_before_the_program_was_made(door: HostProcess) -> None:
    with pytest.raises(ClockRefused):
        door.host.set_clock(datetime(2000, 1, 1, tzinfo=UTC))
    assert not [line for line in door.ran if line.startswith("timedatectl")]


def test_what_is_wrong_with_the_site_file_is_told(tmp_path: Path) -> None:
    faults = tmp_path / "site.faults"
    assert read_site_faults(faults).faults == ()
    faults.write_text("[scren]: unknown (at line 7)\nwifi.name: wants more (at line 2)\n")
    assert len(read_site_faults(faults).faults) == 2


def test_slots_are_told_as_rauc_has_them(door: HostProcess) -> None:
    assert door.host.slots() == SlotState("A", "2026.11.1", "2026.10.2", is_trial=False, is_good=True)


def test_what_a_machine_was_set_up_with_is_known_as_long_as_it_is_there(door: HostProcess) -> None:
    Path(f"{door.release}.bare").touch()    # RAUC has written neither slot
    assert door.host.slots().other_version == ""
    (door.site / "slot-B.version").parent.mkdir()
    (door.site / "slot-B.version").write_text("2026.11.0\n")
    assert door.host.slots().other_version == "2026.11.0"
    door.host.install(bundle(door, "new.raucb", "2026.12.1"))
    assert door.host.slots().other_version == "", "it was written over"
    assert (door.site / "slot-A.version").read_text() == "2026.11.1\n", "for when the other one runs"


def test_each_row_of_the_table_runs_its_own_words(door: HostProcess) -> None:
    door.host.mark("good")
    door.host.mark("bad")
    door.host.activate("other")
    door.host.restart("kiosk")
    assert door.ran == [
        "rauc [status] [mark-good] [booted]",
        "rauc [status] [--detailed] [--output-format=json]",
        "rauc [status] [mark-bad] [booted]",
        "rauc [status] [mark-active] [other]",
        "systemctl [--no-block] [restart] [yizhan-kiosk.service]",
    ]
    assert isinstance(door.host.watchdog().is_present, bool)


def test_logs_come_without_numbers_of_people(door: HostProcess) -> None:
    text = door.host.logs(3)
    assert "kiosk: called ***********" in text
    assert "member ************* in" in text
    assert "[--lines] [3]" in door.ran[-1]


HOSTILE = [
    b"\n",
    b"null\n",
    b"[]\n",
    b'{"do":"shell","words":"id"}\n',
    b'{"do":"restart","program":"sshd"}\n',
    b'{"do":"restart","program":"kiosk; id"}\n',
    b'{"do":"restart","program":"kiosk","unit":"sshd"}\n',
    b'{"do":"install","path":"../../etc/passwd"}\n',
    b'{"do":"install","path":"/etc/passwd"}\n',
    b'{"do":"install","path":"-h"}\n',
    b'{"do":"install","path":"a\\u0000b"}\n',
    b'{"do":"install","path":["a"]}\n',
    b'{"do":"mark","how":"good --all"}\n',
    b'{"do":"screen","rotation":45}\n',
    b'{"do":"screen","matrix":[1,2,3]}\n',
    b'{"do":"screen","matrix":[1e999,0,0,0,1,0,0,0,1]}\n',
    b'{"do":"logs","lines":100000}\n',
    b'{"do":"logs","lines":-1}\n',
    b"\xff\xfe\n",
    b"[" * 5000 + b"\n",
]


def test_what_is_not_in_the_table_runs_nothing(door: HostProcess) -> None:
    answers = say(door, *HOSTILE)
    assert [answer["code"] for answer in answers] == ["HOST-UNKNOWN"] * len(HOSTILE)
    assert door.ran == []
    assert say(door, b'{"do":"watchdog"}\n')[0]["ok"] is True


def test_a_line_without_end_is_cut_off(door: HostProcess) -> None:
    with suppress(OSError):     # it hangs up while we still speak
        assert [answer["code"] for answer in say(door, b"x" * (MAX_LINE_BYTES * 3))] == ["HOST-UNKNOWN"]
    assert door.host.slots().booted == "A"


def test_visitors_who_only_stand_there_do_not_shut_the_door_for_ever(door: HostProcess) -> None:
    standing = [socket.socket(socket.AF_UNIX) for _ in range(20)]
    for visitor in standing:
        visitor.connect(str(door.socket))
    for visitor in standing:
        visitor.close()
    assert door.host.slots().booted == "A"


def test_a_tool_that_fails_is_a_fault_with_its_words(door: HostProcess) -> None:
    (door.folder / "bin" / "rauc").write_text("#!/bin/sh\necho 'no such slot' >&2\nexit 3\n")
    with pytest.raises(HostError, match="ended with 3: no such slot"):
        door.host.mark("good")
    (door.folder / "bin" / "rauc").unlink()
    assert set(TOOLS) - {path.name for path in (door.folder / "bin").iterdir()} == {"rauc"}


def test_no_door_says_so(tmp_path: Path) -> None:
    with pytest.raises(HostAway):
        Host(tmp_path / "host.sock").slots()


ASK_AS = """
import os, sys
from pathlib import Path
from sync.station.host.client import Host
from sync.station.host.errors import HostError
os.setgroups([int(group) for group in sys.argv[2].split(",") if group]); os.setgid(65534); os.setuid(65534)
try:
    print(Host(Path(sys.argv[1])).watchdog().is_present is not None)
except HostError as fault:
    print(fault.code)
"""


def ask_as_nobody(door: HostProcess, *groups: int) -> str:
    words = [sys.executable, "-c", ASK_AS, str(door.socket), ",".join(map(str, groups))]
    return subprocess.run(words, check=True, timeout=60, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_only_members_of_the_group_are_let_in(tmp_path: Path) -> None:
    # The folder of the test is root's alone: the socket lies where everybody gets to.
    for folder in tmp_path.parents:
        if folder.stat().st_uid == 0 and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | 0o011)
    tmp_path.chmod(0o711)
    door = HostProcess(tmp_path, group="games")
    try:
        games = door.socket.stat().st_gid
        assert ask_as_nobody(door, games) == "True", "as a supplementary group"
        assert ask_as_nobody(door) == HostRefused.code, "by the socket's mode"
        door.socket.chmod(0o666)
        assert ask_as_nobody(door) == HostRefused.code, "by the kernel's word"
        assert ask_as_nobody(door, games + 1000) == HostRefused.code
    finally:
        door.close()


AS_SYSTEMD_DOES = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, "-m", "sync.station.host", "serve", "--group", "root"])
"""


def test_a_socket_of_systemd_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "given.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        process = subprocess.Popen(
            [sys.executable, "-c", AS_SYSTEMD_DOES, str(listener.fileno())], pass_fds=[listener.fileno()]
        )
    try:
        assert Host(path).watchdog() is not None
    finally:
        process.terminate()
        process.wait(60)
