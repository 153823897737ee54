"""Commands of the office to its stations: signed, answered, told in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from sync.central.core.command_key import CommandKeyDamaged, command_key, key_path, public_command_key
from sync.central.core.enrolment import issue_code
from sync.central.fleet.commanding import CommandUnissued, tell
from sync.central.fleet.models import Command
from sync.central.fleet.words import words_of
from sync.protocol import trials
from sync.protocol.commands import is_genuine
from sync.protocol.documents.releases import Command as CommandDocument
from sync.protocol.events import (
    CommandDone,
    LogsSent,
)
from sync.station import errors as station_errors
from sync.station.errors import FileUnusable, StoreError
from sync.station.host.errors import FAULTS as HOST_FAULTS
from sync.station.updates import errors as update_errors
from sync.station.updates.errors import CommandRefused, RebootFailed, SelfTestFailed
from sync.station.updates.state import BOOT, COMMANDED, STUCK, WITHDRAWN
from tests.central.conftest import make_station, on_both_databases, post
from tests.central.fake_station import FakeStation
from tests.central.reading import words_at
from tests.central.test_projector import tell as says

from .conftest import published

pytestmark = [pytest.mark.django_db, on_both_databases]


def test_a_command_is_signed_with_the_key_that_the_station_was_told(station: FakeStation) -> None:
    id_ = tell("330502-01", "restart", "clerk", timezone.now())
    [command] = published(station, CommandDocument)
    assert command.command == f"330502-01/{id_}"
    assert is_genuine(command, public_command_key(), "330502-01")
    fake = FakeStation(post, "330502-02")
    reply = fake.enrol(issue_code(make_station("330502-02"), timezone.now()))
    assert public_command_key().encode() in reply.body
    assert key_path().stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_is_not_replaced(station: FakeStation, folder: Path) -> None:
    command_key()
    key_path().write_text("nonsense")
    with pytest.raises(CommandKeyDamaged):
        tell("330502-01", "restart", "clerk", timezone.now())
    assert not Command.objects.exists()


@pytest.mark.parametrize("do", ["", "format_disk", "restart; id", "x" * 99])
def test_what_is_not_in_the_table_is_not_told(station: FakeStation, do: str) -> None:
    with pytest.raises(CommandUnissued):
        tell("330502-01", do, "clerk", timezone.now())


def test_a_station_that_is_not_in_use_is_told_nothing() -> None:
    make_station("330502-09")
    with pytest.raises(CommandUnissued):
        tell("330502-09", "restart", "clerk", timezone.now())


def test_an_answer_ends_a_command_and_stands_on_the_page(station: FakeStation, manager: Client) -> None:
    manager.post("/fleet/station/330502-01/tell", {"do": "self_test"})
    manager.post("/fleet/station/330502-01/tell", {"do": "send_logs"})
    assert words_at(manager, "/fleet/station/330502-01/").count("等驿站来取") == 2
    test, logs = Command.objects.order_by("issued_at")
    says(
        station,
        CommandDone(
            command=test.command, do="self_test", how="failed", code="CMD-SELF-TEST", detail="扫码器：0/1 个正常"
        ),
        LogsSent(command=logs.command, text="<b>line</b>"),
        CommandDone(command=logs.command, do="send_logs", how="done"),
    )
    words = words_at(manager, "/fleet/station/330502-01/")
    assert "没做成" in words
    assert "有不正常的。请看是哪一项：扫码器：0/1 个正常 CMD-SELF-TEST" in words
    assert "clerk 自检" in words
    page = manager.get(f"/fleet/station/330502-01/log/{logs.command}")
    assert page.content == b"<b>line</b>"
    assert page.headers["Content-Type"].startswith("text/plain")
    assert [one for one in published(station, CommandDocument) if one is not None] == [], "nobody needs it any more"


def test_a_failed_command_says_in_words_what_to_do_and_never_a_path(station: FakeStation, manager: Client) -> None:
    id_ = tell("330502-01", "send_logs", "clerk", timezone.now())
    says(station, CommandDone(
        command=id_, do="send_logs", how="failed", code="HOST-AWAY", detail="/run/yizhan/host.sock",
    ))
    words = words_at(manager, "/fleet/station/330502-01/")
    assert "这台电脑不是用驿站系统装的。重启、更新和日志要由技术员在那台电脑上做 HOST-AWAY" in words
    assert "/run/" not in words


def test_every_code_a_command_or_update_can_answer_with_has_words() -> None:
    answers = [*HOST_FAULTS.values(), *(
        kind for module in (update_errors, station_errors) for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, (StoreError, CommandRefused, SelfTestFailed, RebootFailed))
    )]
    codes = {kind.code for kind in answers} | {
        trials.NO_SCREEN, trials.NO_SCANNER, trials.NO_CALL, trials.NO_OFFICE, BOOT, STUCK, WITHDRAWN, COMMANDED,
        FileUnusable.code,
    }
    assert len(codes) > 20
    assert [code for code in sorted(codes) if code in words_of(code)] == []
    assert "X-NEW" in words_of("X-NEW")


def test_a_station_out_of_service_says_so_everywhere_until_it_serves_again(
    station: FakeStation, manager: Client
) -> None:
    def answered(do: str) -> None:
        says(station, CommandDone(command=tell("330502-01", do, "王芳", timezone.now()), do=do, how="done"))

    tell("330502-01", "out_of_service", "王芳", timezone.now())
    assert "王芳" not in words_at(manager, "/stations/"), "it was not done yet"
    answered("out_of_service")
    for path in ("/", "/stations/", "/fleet/station/330502-01/"):
        words = words_at(manager, path)
        assert re.search(r"暂停服务( ·)? \d+ 月 \d+ 日 \d\d:\d\d起，王芳", words), path
    assert "在线站点 1 / 1 没有站点失联 · 1 个暂停服务" in words_at(manager, "/")
    answered("in_service")
    assert all("起，王芳" not in words_at(manager, path) for path in ("/", "/stations/", "/fleet/station/330502-01/"))
