"""yizhan-agent as a technician uses it: words, exit codes, no traceback."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from sync.protocol.enrolment import make_code, make_qr_text
from sync.protocol.errors import SyncError
from sync.protocol.events import CheckedIn, DeviceFaulted
from sync.protocol.wire import EnrolReply, EnrolRequest, Refusal, decode, encode
from sync.station.__main__ import main
from sync.station.errors import StationRevoked
from sync.station.facts import Identity, Standing
from sync.station.identity import store_path
from sync.station.status import next_step_of
from sync.station.store import Store

from .raw_office import RawOffice, answer

NOW = datetime(2026, 11, 23, 6, 26, 3, tzinfo=UTC)
WELCOME = answer(200, encode(EnrolReply("330502-01", "衣裳街", NOW)))


OURS = ("sync.protocol", "sync.station")


class Said:
    """Exit code and words of one command."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


Run = Callable[..., Said]


@pytest.fixture
def run(data: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """`yizhan-agent` with this folder."""

    def command(*arguments: str) -> Said:
        code = main([*arguments, "--data", str(data)])
        found = capsys.readouterr()
        assert "Traceback" not in found.err
        return Said(code, found.out, found.err)

    before = signal.getsignal(signal.SIGTERM)
    yield command
    signal.signal(signal.SIGTERM, before)


def codes(requests: Sequence[bytes]) -> list[str]:
    return [decode(EnrolRequest, body).code for body in requests]


def test_enrolment_by_code_says_which_station_it_became(run: Run, data: Path) -> None:
    code = make_code()
    with RawOffice(WELCOME) as office:
        said = run("enrol", "--office", office.url, code.lower())
    assert (said.code, said.out) == (0, "登记好了：衣裳街（330502-01）\n")
    assert codes([request.body for request in office.requests]) == [code]
    store = Store.open(store_path(data))
    assert store.facts.identity().station == "330502-01"
    store.close()
    assert data.stat().st_mode & 0o777 == 0o700


def test_the_code_is_typed_as_the_office_shows_it_in_two_halves(run: Run) -> None:
    code = make_code()
    with RawOffice(WELCOME) as office:
        assert run("enrol", "--office", office.url, code[:5], code[5:].lower()).code == 0
    assert codes([request.body for request in office.requests]) == [code]


def test_enrolment_by_qr(run: Run) -> None:
    with RawOffice(WELCOME) as office:
        assert run("enrol", "--qr", make_qr_text(office.url, make_code())).code == 0
    assert run("enrol", "--qr", "http://example.org").code == 3


def test_a_mistyped_code_never_leaves_the_machine(run: Run) -> None:
    with RawOffice(WELCOME) as office:
        said = run("enrol", "--office", office.url, "ABCDEFGHJK")
    assert (said.code, office.requests) == (3, [])
    assert "ENROL-CODE：请核对登记码" in said.err


def test_a_wrong_used_or_expired_code_is_told_apart_from_a_bad_line(run: Run) -> None:
    with RawOffice(answer(403, encode(Refusal("enrol-code", "words")))) as office:
        said = run("enrol", "--office", office.url, make_code())
    assert said.code == 3
    assert "ENROL-REFUSED：登记码不对、已用过或已过期" in said.err
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    said = run("enrol", "--office", f"http://127.0.0.1:{port}", make_code())
    assert said.code == 4
    assert "SYNC-LINE：请检查网线" in said.err


def test_enrolling_twice_needs_to_be_said(run: Run, data: Path) -> None:
    with RawOffice(WELCOME) as office:
        run("enrol", "--office", office.url, make_code())
        store = Store.open(store_path(data))
        store.journal.append(CheckedIn(checkin="c", trade="t"), at=NOW)
        first = store.facts.identity()
        said = run("enrol", "--office", office.url, make_code())
        assert said.code == 6
        assert "--again" in said.err
        assert store.facts.identity() == first
        assert run("enrol", "--again", "--office", office.url, make_code()).code == 0
        again = store.facts.identity()
        assert store.journal.pending(again.epoch, 9, 10**6)
        store.close()
    assert decode(EnrolRequest, office.requests[-1].body).previous == first.epoch
    assert again.key != first.key


def test_other_faults_have_codes_and_words_too(run: Run, data: Path) -> None:
    assert run("enrol", "--office", "http://office.example", make_code()).code == 1
    assert run("enrol").code == 2
    assert run("status").code == 8
    data.mkdir(exist_ok=True)
    store_path(data).write_text("junk" * 2_000)
    said = run("status")
    assert said.code == 5
    assert "STORE-DAMAGED" in said.err


def test_status_says_how_it_stands_and_what_to_do(run: Run, path: Path) -> None:
    store = Store.open(path)
    store.journal.append(CheckedIn(checkin="secret-name", trade="t"), at=datetime.now(UTC))
    said = run("status")
    assert said.code == 1
    assert "下一步　　同步程序好像没有在运行" in said.out
    store.facts.put(Standing(last_success=NOW, next_try=datetime.now(UTC) + timedelta(minutes=3)))
    said = run("status")
    assert said.code == 0
    assert "驿站　　　衣裳街（330502-01）" in said.out
    assert "待上传　　1 条，最早一条 刚刚" in said.out
    assert "secret-name" not in said.out
    assert "，还没有全部同步" in said.out
    assert "下一步" not in said.out
    store.journal.append(DeviceFaulted(device="scanner", code="DEVICE-LOST"), at=datetime.now(UTC))
    soon = datetime.now(UTC) + timedelta(minutes=3)
    store.facts.put(Standing(last_success=NOW, next_try=soon, files_missing=2, files_fault="DISK-LOW"))
    said = run("status")
    assert said.code == 1
    assert "请检查扫码器的连接线和电源" in said.out
    assert "附件　　　2 个没下载完" in said.out
    assert "附件没下载完，DISK-LOW：请清理磁盘空间" in said.out
    store.facts.put(Standing(last_success=NOW, failing="SYNC-REVOKED", step="push", since=NOW))
    store.close()
    said = run("status")
    assert said.code == 1
    assert "卡在“上传记录”这一步" in said.out
    assert f"下一步　　SYNC-REVOKED：{StationRevoked.next_step}" in said.out
    told = msgspec.json.decode(run("status", "--json").out)
    assert (told["failing"], told["pending"], told["is_well"]) == ("SYNC-REVOKED", 2, False)


def test_every_fault_has_a_code_of_its_own_and_a_next_step_in_chinese() -> None:
    faults = [SyncError]
    for fault in faults:
        faults.extend(kind for kind in fault.__subclasses__() if kind.__module__.startswith(OURS))
    seen = [fault.code for fault in faults]
    assert len(set(seen)) == len(seen)
    for fault in faults:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in fault.next_step)
        assert next_step_of(fault.code) == fault.next_step


@pytest.mark.parametrize("given", [
    ("enrol", "--office", "http://office.example", make_code()), ("enrol", "--office", "office", make_code()),
    ("enrol", "--office", "https://127.0.0.1:9", "7KQ2M"), ("enrol", "--office", "https://127.0.0.1:9", make_code()),
    ("enrol", "--qr", "hello"), ("enrol",), ("status",),
], ids=["no https", "no address", "half a code", "nobody there", "another QR", "nothing", "no station"])
def test_whoever_types_a_command_is_told_in_one_language(run: Run, given: tuple[str, ...]) -> None:
    said = run(*given)
    assert re.search("[\u4e00-\u9fff]", said.out + said.err)
    # No two English words stand together: what is left of English are names.
    assert re.findall(r"(?<![-/])\b[a-z]{2,} [a-z]{2,}\b", said.out + said.err) == []


def test_an_interrupted_command_is_no_success(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sync.station.__main__.enrol", interrupt)
    assert run("enrol", "--office", "http://127.0.0.1:9", make_code()).code == 130
    monkeypatch.setattr("sync.station.exchange.agent.Agent.run", interrupt)
    assert run("run").code == 0


def test_an_agent_that_waits_to_be_enrolled_says_so_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sync.station.exchange.agent.Agent.run", interrupt)
    said = run("run")
    assert said.code == 0
    assert said.err.count("NOT-ENROLLED：") == 1
    assert "登记好以后，这里自己开始同步" in said.err


def test_an_older_programs_identity_is_still_read() -> None:
    old = b'{"station":"s","name":"n","office":"o","install":"i","epoch":"e"}'
    assert msgspec.json.decode(old, type=Identity).key == ""
