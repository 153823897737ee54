"""Who may see what: every address of the consultation for every role, and what the menu shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from sync.central.consult import audit
from sync.central.consult.models import Consultation, Doctor, Look, State
from sync.central.consult.records import NoRecord, open_notes
from sync.central.consult.roles import Role, is_auditor, is_doctor, is_supervisor
from sync.central.consult.treating import note_treatment
from sync.central.office.menu import Menu

from .consulting import NOON, browser, call_id, command, doctor, somebody, talked, write

pytestmark = pytest.mark.django_db

CALL = call_id("a")
WHO = ("anonymous", "staff", "doctor", "other", "supervisor", "auditor", "superuser")
LOGIN = 302
DESK = 302      # what only a button does leads to the button's page
# What GET answers to each of WHO. A new address needs a row here.
MATRIX = {
    "desk":             (LOGIN, 403, 200, 200, 403, 403, 403),
    "desk-call-backs":  (LOGIN, 403, 200, 200, 403, 403, 403),
    "desk-notes":       (LOGIN, 403, 200, 404, 403, 403, 403),
    "desk-called-back": (LOGIN, 403, DESK, DESK, 403, 403, 403),
    "consult-history":  (LOGIN, 403, 200, 200, 403, 403, 403),
    "consult-record":   (LOGIN, 403, 200, 404, 403, 403, 403),
    "consult-figures":  (LOGIN, 403, 403, 403, 200, 403, 403),
    "consult-audit":    (LOGIN, 403, 403, 403, 403, 200, 403),
    "share":            (404,) * len(WHO),      # without its secret; see test_consult_sharing.py
}
CHANGING = {"desk-notes", "desk-called-back"}    # what a doctor does there is in test_consult_desk.py
ARGUMENTS = {"consult-record": [CALL], "desk-notes": [CALL], "desk-called-back": [CALL], "share": ["A" * 32]}
MENU = {"desk": "接诊台", "consult-history": "接诊记录", "consult-figures": "看诊统计", "consult-audit": "查阅记录"}


def addresses() -> Iterator[str]:
    """The names of all addresses that the app has."""
    def walk(resolver: URLResolver) -> Iterator[URLPattern]:
        for one in resolver.url_patterns:
            if isinstance(one, URLResolver):
                yield from walk(one)
            else:
                yield one

    for pattern in walk(get_resolver()):
        if pattern.callback.__module__.startswith("sync.central.consult."):
            yield pattern.name or str(pattern.pattern)


def people() -> dict[str, Client]:
    talked("a", doctor())
    return {
        "anonymous": Client(),
        "staff": browser(somebody("clerk", is_staff=True)),
        "doctor": browser(doctor()),
        "other": browser(doctor("li", "李强")),
        "supervisor": browser(somebody("zhao", Role.SUPERVISOR)),
        "auditor": browser(somebody("qian", Role.AUDITOR)),
        "superuser": browser(somebody("root", is_staff=True, is_superuser=True)),
    }


def test_every_address_answers_every_role_as_the_table_says() -> None:
    assert set(addresses()) == set(MATRIX), "an address without a row in MATRIX, or a row without its address"
    clients = people()
    found = {
        name: tuple(clients[who].get(reverse(name, args=ARGUMENTS.get(name, []))).status_code for who in WHO)
        for name in MATRIX
    }
    assert found == MATRIX


def test_nothing_but_looking_can_be_done_at_them() -> None:
    clients = people()
    for name, expected in MATRIX.items():
        if name == "share":
            continue
        for who, status in zip(WHO, expected, strict=True):
            if name in CHANGING and status != 403 and who != "anonymous":
                continue
            for method in ("post", "put", "delete"):
                answer = getattr(clients[who], method)(reverse(name, args=ARGUMENTS.get(name, [])))
                assert answer.status_code in {405, status} - {200}, (name, who, method)


def test_the_menu_shows_what_may_be_seen_and_no_more() -> None:
    for who, client in people().items():
        page = client.get("/").content.decode()     # nothing, for who has not logged in
        shown = set(re.findall("|".join(MENU.values()), page))
        may = {words for name, words in MENU.items() if MATRIX[name][WHO.index(who)] == 200}
        assert shown == may, who


def test_who_may_not_is_told_in_words() -> None:
    answer = people()["superuser"].get("/consult/figures/")
    assert "您的账号不能看这个页面" in answer.content.decode()


def test_a_doctor_who_took_over_sees_it_and_who_only_rang_does_not() -> None:
    clients = people()
    path = f"/desk/records/{CALL}/"
    assert clients["other"].get(path).status_code == 404
    note_treatment(CALL, doctor("li").pk, NOON)
    assert clients["other"].get(path).status_code == 200
    assert clients["doctor"].get(path).status_code == 200


def test_who_is_rung_to_take_a_call_over_sees_nothing_before_answering() -> None:
    clients = people()
    Consultation.objects.update(doctor=doctor("li"), state=State.RINGING)
    assert clients["other"].get(f"/desk/records/{CALL}/").status_code == 404
    assert clients["doctor"].get(f"/desk/records/{CALL}/").status_code == 200
    with pytest.raises(NoRecord):
        open_notes(doctor("li"), CALL, NOON)


def test_notes_that_are_opened_to_go_on_writing_are_a_look_too() -> None:
    call = talked("a")
    assert open_notes(doctor(), CALL, NOON) is None
    version = write(call)
    found = open_notes(doctor(), CALL, NOON)
    assert found
    assert found.version == version
    assert list(Look.objects.order_by("id").values_list("what", flat=True)) == ["noted", "opened"]


def test_who_is_blocked_has_no_role_left() -> None:
    people()
    for name, may in (("wang", is_doctor), ("zhao", is_supervisor), ("qian", is_auditor)):
        user = somebody(name)
        assert may(user)
        user.is_active = False
        assert not may(user)


def test_every_look_at_a_record_is_in_the_trail_and_a_refused_one_shows_nothing() -> None:
    clients = people()
    for client in clients.values():
        client.get(f"/desk/records/{CALL}/")
        client.get(f"/desk/records/{call_id('none')}/")
        client.get("/desk/history/")
    assert list(Look.objects.values_list("who", "what", "call")) == [("wang", "opened", CALL)]


def test_a_look_that_cannot_be_written_down_is_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = people()
    clients["doctor"].raise_request_exception = False
    write(talked("b"), advice="多喝水")

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "look", fail)
    answer = clients["doctor"].get(f"/desk/records/{call_id('b')}/")
    assert answer.status_code == 500
    assert "多喝水" not in answer.content.decode()


def test_a_record_shows_times_versions_and_words_as_words_only() -> None:
    client, call = people()["doctor"], talked("b")
    write(call, advice="<script>alert(1)</script>\n两行")
    write(call, doctor(), NOON.replace(hour=15), advice="第二版")
    page = client.get(f"/desk/records/{call.call}/").content.decode()
    for words in ("头痛头晕、发烧", "40 秒", "5 分 00 秒", "第二版", "15:00:00", "12:00:00", "两行", "110330500012345"):
        assert words in page
    assert "<script>alert" not in page


def test_the_auditor_filters_and_reads_no_notes() -> None:
    clients = people()
    write(talked("b"), advice="秘密的话")
    clients["doctor"].get(f"/desk/records/{CALL}/")
    page = clients["auditor"].get("/consult/audit/").content.decode()
    assert all(words in page for words in ("wang", "打开病历", "开始写病历", CALL, "查看本页"))
    assert "秘密的话" not in page
    assert "开始写病历" not in clients["auditor"].get(f"/consult/audit/?call={CALL}").content.decode()
    assert "没有符合的" in clients["auditor"].get("/consult/audit/?who=nobody").content.decode()


def test_commands_make_doctors_and_roles_and_the_trail_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    user = somebody("sun")
    add = ["add-doctor", "sun", "--name", "孙宁", "--licence"]
    assert command(*add, "110330500054321", "--title", "医师") == 0
    assert command(*add, "110330500054322") == 0
    assert [(one.name, one.licence, one.title) for one in Doctor.objects.all()] == [("孙宁", "110330500054322", "")]
    assert command(*add, "x" * 33) == 2
    assert command("add-doctor", "nobody", "--name", "孙", "--licence", "1") == 2
    assert command("role", "sun", "auditor") == 0
    assert is_auditor(user)
    assert not is_supervisor(user)
    assert command("role", "sun", "auditor", "--remove") == 0
    assert not is_auditor(user)
    assert command("role", "nobody", "auditor") == 2
    assert list(Look.objects.order_by("id").values_list("who", "about")) == [
        (audit.COMMAND, "sun doctor"), (audit.COMMAND, "sun doctor"),
        (audit.COMMAND, "sun auditor"), (audit.COMMAND, "sun no auditor"),
    ]
    assert "没有账号 nobody" in capsys.readouterr().err


def test_the_command_checks_the_trail(capsys: pytest.CaptureFixture[str]) -> None:
    audit.look("wang", "opened", CALL, NOON)
    assert command("check-audit") == 0
    assert f"1 条，全部完好。校验值 {audit.check().digest}" in capsys.readouterr().out
    assert command("check-audit", "--noted", "0" * 64) == 2
    assert "OFFICE-AUDIT" in capsys.readouterr().err


def test_the_menu_of_a_request_without_a_user_is_still_a_menu() -> None:
    from django.test import RequestFactory

    from sync.central.office.menu import with_menu

    menu = with_menu(RequestFactory().get("/"))["menu"]
    assert isinstance(menu, Menu)
    assert {entry.page.words for entry in menu.entries()}.isdisjoint(MENU.values())
