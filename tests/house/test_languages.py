"""What set-up, `make run` and `make tour` say: in one language, that of whoever started them."""

from __future__ import annotations

import ast
import gettext
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.demo.processes import ROOT
from deploy.demo.words import DOMAIN, LOCALE

DEMO = ROOT / "deploy" / "demo"
CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = {"LANG": "en_GB.UTF-8"}
OURS = {"LANG": "zh_CN.UTF-8"}


def environment(language: dict[str, str]) -> dict[str, str]:
    """This environment, with no other word about the language."""
    others = ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG")
    return {name: value for name, value in os.environ.items() if name not in others} | language


def said_in_demo() -> set[str]:
    """Every sentence that the demo hands on to be translated."""
    found: set[str] = set()
    for path in DEMO.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                assert isinstance(node.args[0], ast.Constant), f"{path.name}: line {node.lineno} is put together first"
                found.add(str(node.args[0].value))
    return found


def unquoted(lines: str) -> str:
    """A string of a catalogue, which may be in several pieces."""
    return "".join(ast.literal_eval(piece) for piece in re.findall(r'"(?:[^"\\]|\\.)*"', lines))


def catalogue() -> dict[str, str]:
    """Sentence → Chinese, as people edit it."""
    text = (LOCALE / "zh" / "LC_MESSAGES" / f"{DOMAIN}.po").read_text("utf-8")
    entries = re.findall(r'msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', text)
    return {unquoted(english): unquoted(chinese) for english, chinese in entries if unquoted(english)}


def test_every_sentence_of_the_demo_has_its_chinese() -> None:
    assert set(catalogue()) == said_in_demo()
    for english, chinese in catalogue().items():
        assert CHINESE.search(chinese), english
        assert set(re.findall(r"\{\w+", english)) == set(re.findall(r"\{\w+", chinese)), english


def test_the_catalogue_that_is_read_is_the_one_that_people_edit() -> None:
    read = gettext.translation(DOMAIN, str(LOCALE), languages=["zh_CN"])
    for english, chinese in catalogue().items():
        assert read.gettext(english) == chinese, "run msgfmt, as deploy/demo/words.py says"


@pytest.mark.parametrize(("language", "is_chinese"), [(ENGLISH, False), (OURS, True), ({"LC_ALL": "C", **OURS}, False)])
def test_make_run_speaks_the_language_of_who_started_it(language: dict[str, str], is_chinese: bool) -> None:
    asked = [sys.executable, "-m", "deploy.demo.run", "--help"]
    said = subprocess.run(asked, cwd=ROOT, env=environment(language), capture_output=True, text=True, check=True).stdout
    assert ("按 Ctrl-C 停止" in said) is is_chinese
    assert ("from nothing on this machine" in said) is not is_chinese


@pytest.mark.parametrize(("language", "words"), [(ENGLISH, "setup: missing: Debian"), (OURS, "setup：还缺：Debian")])
def test_set_up_speaks_the_language_of_who_started_it(language: dict[str, str], words: str, tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    for name in ("setup", "say.sh"):
        (tmp_path / "deploy" / name).write_bytes((ROOT / "deploy" / name).read_bytes())
        (tmp_path / "deploy" / name).chmod(0o755)
    (tmp_path / "deploy" / "packages.txt").write_text("a-package-that-nobody-has\n")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").touch()
    (tmp_path / "tools").mkdir()
    root = tmp_path / "tools" / "id"     # only root is told what would be installed; others, what to type
    root.write_text("#!/bin/sh\necho 0\n")
    root.chmod(0o755)
    found = {**environment(language), "PATH": f"{root.parent}:{os.environ['PATH']}"}
    told = subprocess.run(
        ["deploy/setup", "--check"], cwd=tmp_path, env=found, capture_output=True, text=True, check=False
    )
    assert told.stderr.startswith(words)
    assert bool(CHINESE.search(told.stderr)) is (language is OURS)
