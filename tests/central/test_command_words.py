"""`yizhan-central` as an operator uses it: codes of the handbook, accounts, stations, folders."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest

from .live import LiveOffice, station_of
from .processes import CentralProcess

ROOT = Path(__file__).resolve().parents[2]
LOOKING = (
    "quarantine list", "quarantine show 1", "blob list", "user list", "station list", "poster list",
    "consult check-audit",
)


class Said(NamedTuple):
    """How a command ended, and its words."""

    code: int
    out: str
    err: str


def say(folder: Path, *arguments: str, stdin: str = "", **environment: str) -> Said:
    """What a command with this data folder says."""
    given = {**os.environ, "YIZHAN_CENTRAL_DATA": str(folder), "YIZHAN_DATABASE_URL": "", **environment}
    given["DJANGO_SETTINGS_MODULE"] = "sync.central.settings"
    with tempfile.TemporaryDirectory() as name:
        told, out, err = (Path(name) / stream for stream in ("stdin", "stdout", "stderr"))
        told.write_text(stdin)
        code = CentralProcess(arguments, given, told, out, err).wait()
        return Said(code, out.read_text(), err.read_text())


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> LiveOffice:
    """An office that does not run, with one station."""
    office = LiveOffice(tmp_path_factory.mktemp("office"))
    office.add_station("330502-01")
    return office


@pytest.mark.parametrize(("command", "code"), [
    ("station add 330502-01 --name x --region 330502", "OFFICE-STATION"),
    ("station code 330502-99", "OFFICE-STATION"),
    ("station revoke 330502-99", "OFFICE-STATION"),
    ("station move 330502-99 --region 33", "OFFICE-STATION"),
    ("station rename 330502-01", "OFFICE-STATION"),
    ("quarantine show 99", "OFFICE-QUARANTINE"),
    ("quarantine drop 99 --why x", "OFFICE-QUARANTINE"),
    ("quarantine replay 99", "OFFICE-QUARANTINE"),
    ("blob add README.md", "OFFICE-BLOB"),
    ("example", "OFFICE-NOT-EMPTY"),
    ("user remove nobody", "OFFICE-USER"),
    ("title add README.md", "OFFICE-CONTENT"),
    ("consult erase --before 2026-01-01", "OFFICE-RETENTION"),
])
def test_what_is_refused_bears_the_code_that_the_handbook_explains(
    office: LiveOffice, command: str, code: str
) -> None:
    said = say(office.folder, *command.split())
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(f"（{code}）\n")
    assert f"| `{code}` |" in (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")


def test_accounts_are_listed_get_new_passwords_and_go(office: LiveOffice) -> None:
    first = office.add_user("zhang")
    said = say(office.folder, "user", "list")
    assert "zhang  能登录  没有登录过\n" in said.out
    second = say(office.folder, "user", "password", "zhang").out.strip()
    assert second not in {"", first}
    assert say(office.folder, "user", "password", "zhang", "--password-stdin", stdin="short\n").code == 2
    assert say(office.folder, "user", "remove", "zhang").out == "账号 zhang 已删除\n"
    assert "zhang" not in say(office.folder, "user", "list").out


def test_a_doctor_is_shut_out_and_records_keep_the_name(office: LiveOffice) -> None:
    office.add_user("wang")
    office.run("consult", "add-doctor", "wang", "--name", "王敏", "--licence", "110330500012345")
    assert "账号 wang 已停用" in say(office.folder, "user", "remove", "wang").out
    assert "wang  已停用" in say(office.folder, "user", "list").out


def test_stations_are_listed_and_renamed(office: LiveOffice) -> None:
    assert "330502-01  衣裳街 · 新享驿站  330502  待登记" in say(office.folder, "station", "list").out
    said = say(office.folder, "station", "rename", "330502-01", "--name", "凤凰")
    assert said.out == "驿站 330502-01 现在叫 凤凰 · 新享驿站，下次同步时屏幕上就会改\n"
    assert "凤凰 · 新享驿站" in say(office.folder, "station", "list").out
    body = office.rows("SELECT body FROM core_document WHERE type = 'station'")[0][0]
    assert '"name":"凤凰"' in body
    say(office.folder, "station", "rename", "330502-01", "--name", "衣裳街")


def test_a_new_name_is_on_the_journeys_of_books_too(tmp_path: Path) -> None:
    office = LiveOffice(tmp_path / "office")
    office.add_station("330502-01")
    (tmp_path / "copies.csv").write_text("label,station\nYZ0000001X,330502-01\n")
    office.run("copy", "add", str(tmp_path / "copies.csv"))
    assert "1 册书的漂流路线也改了" in office.run("station", "rename", "330502-01", "--name", "凤凰")
    assert '{"330502-01":"凤凰"}' in office.rows("SELECT body FROM core_document WHERE type = 'copy'")[0][0]


@pytest.mark.parametrize("command", [*LOOKING, "serve", "user add zhang", "after-restore", "example"])
def test_a_folder_that_does_not_exist_is_named_and_not_made(tmp_path: Path, command: str) -> None:
    folder = tmp_path / "deep" / "central"
    said = say(folder, *command.split())
    assert (said.code, said.out) == (2, "")
    assert f"数据文件夹 {folder} 不存在" in said.err
    assert not folder.parent.exists()


@pytest.mark.parametrize("command", LOOKING)
def test_who_only_looks_makes_nothing_in_a_folder(tmp_path: Path, command: str) -> None:
    said = say(tmp_path, *command.split())
    assert said.code == 2
    assert "请先运行 yizhan-central migrate" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_named_with_its_whole_path_before_it_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "central"
    said = say(folder, "migrate")
    assert said.code == 0
    assert said.err == f"数据文件夹 {folder} 还不存在，现在新建\n"
    assert (folder / "secret.key").exists()


def test_after_a_restore_is_refused_while_the_office_serves(tmp_path: Path) -> None:
    with LiveOffice(tmp_path) as office:
        said = say(tmp_path, "after-restore")
        assert said.code == 2
        assert "总工会端正在运行" in said.err
        assert "OFFICE-RUNS" in said.err
        assert station_of_any(office)
        office.kill()
        assert say(tmp_path, "after-restore").code == 0


def station_of_any(office: LiveOffice) -> bool:
    """Whether the office still answers stations."""
    office.add_station("330502-01")
    return station_of(office, "330502-01").sync().status == 200


@pytest.mark.parametrize(("arguments", "words"), [
    ("", "还要写上：命令"),
    ("station", "还要写上：动作"),
    ("nothing", "没有 'nothing'"),
    ("station code", "还要写上：id"),
    ("serve --bort 3", "不认识：--bort 3"),
    ("quarantine show x", "id：'x' 用不了"),
    ("serve --port", "--port：后面要写一个值"),
])
def test_a_command_line_that_is_wrong_is_told_in_chinese_alone(tmp_path: Path, arguments: str, words: str) -> None:
    said = say(tmp_path, *arguments.split())
    assert said.code == 2
    assert words in said.err
    assert said.err.startswith("用法：")
    assert not re.search(r"usage|error|required|invalid", said.err)


def test_help_is_in_chinese_alone(tmp_path: Path) -> None:
    for command in ("", "station", "station add", "serve"):
        said = say(tmp_path, *command.split(), "--help")
        assert not re.search(r"usage|options:|positional|show this", said.out)
        assert "显示这些说明" in said.out


def test_a_setting_that_is_wrong_is_told_in_chinese(tmp_path: Path) -> None:
    said = say(tmp_path, "user", "list", YIZHAN_SYNC_PERIOD_S="soon")
    assert said.err.splitlines()[0] == "yizhan-central: YIZHAN_SYNC_PERIOD_S：要写一个数"


def test_every_line_of_the_log_bears_its_zone(tmp_path: Path) -> None:
    with LiveOffice(tmp_path) as office:
        lines = office.log_path.read_text().splitlines()
    assert lines
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+0800 (INFO|WARNING) ", line), line
