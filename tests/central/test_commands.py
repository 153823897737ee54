"""`yizhan-central` on a database that is not as it should be: words with the next step, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError

from sync.central.__main__ import main
from sync.central.databases import words_of
from tests.postgres import PostgresCluster

ROOT = Path(__file__).resolve().parents[2]
NOT_MADE = "yizhan-central: 数据库还没有建立或升级，请先运行 yizhan-central migrate\n"


def refused(folder: Path, *arguments: str, url: str = "") -> str:
    """What a command says that ends with 2."""
    environment = {**os.environ, "YIZHAN_CENTRAL_DATA": str(folder), "YIZHAN_DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-m", "sync.central", *arguments],
        env=environment, capture_output=True, text=True, cwd=ROOT, check=False,
    )
    assert (done.returncode, done.stdout) == (2, ""), done
    return done.stderr


@pytest.mark.parametrize("command", ["quarantine list", "projector", "serve"])
def test_a_database_that_was_never_made_is_to_be_made_first(tmp_path: Path, command: str) -> None:
    assert refused(tmp_path, *command.split()) == NOT_MADE


def test_a_postgresql_that_was_never_migrated_is_to_be_made_first(tmp_path: Path, postgres: PostgresCluster) -> None:
    assert refused(tmp_path, "blob", "list", url=postgres.make_database()) == NOT_MADE


@pytest.mark.parametrize("command", ["migrate", "quarantine list"])
def test_a_file_that_is_no_database_is_to_be_restored(tmp_path: Path, command: str) -> None:
    (tmp_path / "office.db").write_bytes(b"junk " * 1_000)
    words = refused(tmp_path, *command.split())
    assert words.startswith("yizhan-central: 数据库文件已损坏，请从备份恢复")
    assert words.count("\n") == 1


def test_of_any_other_fault_no_value_is_told() -> None:
    words = words_of(IntegrityError("Key (member)=(12345) already exists"))
    assert "IntegrityError" in words
    assert "12345" not in words


@pytest.mark.parametrize("port", ["99999", "-1", "x"])
def test_a_port_that_is_none_is_refused_in_words(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", f"--port={port}"])
    assert ended.value.code == 2
    assert "端口要用 0 到 65535 的整数" in capsys.readouterr().err
