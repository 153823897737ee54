"""The screens of set-up speak English wholly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.consultation import errors as consultation
from kiosk.consultation.words import trial_words
from kiosk.errors import KioskError
from kiosk.setup import errors
from kiosk.stage.causes import failure_of
from kiosk.ui.catalogue import read_po
from kiosk.ui.words import language_in_use, use_language
from sync.protocol.enrolment import EnrolmentCodeError
from sync.protocol.errors import SyncError, WireError
from sync.station import errors as station
from sync.station.host.errors import HostAway, HostError, HostRefused

ROOT = Path(__file__).resolve().parents[3]
ENGLISH = read_po((ROOT / "kiosk/locale/en/kiosk.po").read_text(encoding="utf-8"))
ROOM = ROOT / "kiosk" / "setup"
FOR_WORKERS = {"暂停服务", "您仍可进来休息、喝水、充电。"}    # out of service: no technician reads it
MARKED = re.compile(r"""\b_\(\s*(["'])(.+?)\1\s*\)""")
# What can come to a technician before home.
FAULTS: list[SyncError] = [kind() for kind in (
    EnrolmentCodeError, WireError, station.OfficeUnreachable, station.OfficeUntrusted, station.OfficeBusy,
    station.LineTooSlow, station.AddressRefused, station.ClockWrong, station.OfficeRefused, station.StationRevoked,
    station.StationCloned, station.StationTooOld, station.OfficeTooOld, station.CodeRefused, station.KeyMissing,
    station.StoreFull, station.StoreLocked, station.StoreUnwritable, station.StoreDamaged, station.StoreNewer,
    HostError, HostAway, HostRefused,
)]
KIOSK_FAULTS = [
    kind for module in (errors, consultation) for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, KioskError) and kind.__module__ == module.__name__
    and kind is not consultation.PlayerMissing      # a film is no part of the test
]


@pytest.mark.parametrize("source", [*ROOM.glob("*.py"), *ROOM.glob("*.kv")], ids=lambda path: path.name)
def test_every_word_of_a_screen_is_there_in_english(source: Path) -> None:
    words = {found[1] for found in MARKED.findall(source.read_text(encoding="utf-8"))} - FOR_WORKERS
    assert words - ENGLISH.keys() == set()


def test_every_fault_that_can_come_is_there_in_english() -> None:
    for fault in FAULTS:
        failure = failure_of(fault)
        assert failure.cause != "刚才的操作没有成功", f"{failure.code} has no cause of its own"
        assert {failure.cause, failure.next_step} <= ENGLISH.keys(), failure.code


@pytest.mark.parametrize("kind", KIOSK_FAULTS, ids=lambda kind: kind.code)
def test_what_a_part_says_to_do_is_there_in_english(kind: type[KioskError]) -> None:
    assert kind.next_step in ENGLISH
    assert kind.__module__ != errors.__name__ or kind.cause in ENGLISH


def test_the_parts_of_a_call_are_there_in_english() -> None:
    assert set(trial_words().values()) <= ENGLISH.keys()


def test_what_is_put_into_a_sentence_is_the_same_in_both() -> None:
    for chinese, english in ENGLISH.items():
        assert sorted(re.findall(r"\{\w*\}", chinese)) == sorted(re.findall(r"\{\w*\}", english)), chinese


def test_a_language_without_a_catalogue_is_chinese() -> None:
    use_language("xx")
    try:
        assert failure_of(errors.ClockBehind()).cause == "本机时间不对"
        assert language_in_use() == "xx"
    finally:
        use_language("zh_CN")


def test_a_catalogue_may_have_comments_and_long_texts() -> None:
    text = """# a translator's note
msgid ""
msgstr "head"

#: kiosk/setup/begin.py
msgid "一"
"二"
msgstr "one, "
"\\"two\\"\\n"

msgid "三"
msgstr ""
"""
    assert read_po(text) == {"一二": 'one, "two"\n'}
