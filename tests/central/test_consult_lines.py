"""Lines to a real office: who is let in, how a call goes, and what is left of it when something breaks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from websockets.exceptions import InvalidStatus

from sync.protocol import calls
from sync.protocol.documents.consultations import Consulting
from tests.sync.two_processes.waiting import wait_until

from .calls import Client, Desk, Worker, add_doctors, ask_for, new_call, place_of, send_to, signed, state_of
from .fake_station import FakeStation
from .live import LiveOffice, station_of


class Served(NamedTuple):
    office: LiveOffice
    cookies: list[str]
    stations: list[FakeStation]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    office = LiveOffice(tmp_path_factory.mktemp("office"), projector=False)
    for number in (1, 2):
        office.add_station(f"330502-0{number}")
    cookies = add_doctors(office, "王", "李")
    with office:
        yield Served(office, cookies, [station_of(office, f"330502-0{number}") for number in (1, 2)])


class Scene:
    """An office with two doctors and two stations."""

    def __init__(self, served: Served, stack: contextlib.ExitStack) -> None:
        self.office, self.cookies, self.stations = served
        self._stack = stack
        self.send = send_to(served.office)

    def desk(self, number: int = 0) -> Desk:
        desk = Desk(self.office, self.cookies[number])
        self._stack.callback(desk.close)
        return desk

    def worker(self, station: int = 0, *complaint: str) -> Worker:
        place = place_of(ask_for(self.send, self.stations[station], new_call(), *complaint))
        worker = Worker(self.office, place)
        self._stack.callback(worker.close)
        return worker

    def state(self, worker: Worker, station: int = 0) -> calls.CallState:
        return state_of(self.send, self.stations[station], worker.call)


@pytest.fixture
def scene(served: Served) -> Iterator[Scene]:
    with contextlib.ExitStack() as stack:
        scene = Scene(served, stack)
        yield scene
        for number in range(2):
            with contextlib.closing(Desk(scene.office, scene.cookies[number])) as desk:
                desk.say("duty", on=False)
                said = desk.until(lambda said: not said["on_duty"])
                if said["call"]:
                    desk.say("hang_up", call=said["call"]["call"])
                    desk.until(lambda said: not said["call"])


def test_a_call_from_the_queue_to_its_end(scene: Scene) -> None:
    desk = scene.desk().on_duty()
    worker = scene.worker(0, "head", "fever")
    ringing = desk.rings(worker.call)
    assert (ringing["station"], ringing["complaint"]) == ("衣裳街", ["head", "fever"])
    worker.until("ringing")
    assert desk.takes(worker.call)["ice"] == []
    assert worker.until("talking")["doctor"] == {"name": "王", "licence": "110330500000001", "title": "主治医师"}
    worker.say("signal", data={"candidate": {"x": "话"}})
    assert desk.wait(lambda said: said["kind"] == "signal")["data"] == {"candidate": {"x": "话"}}
    desk.say("signal", call=worker.call, data={"description": 1})
    assert worker.wait(lambda said: said["kind"] == "signal")["data"] == {"description": 1}
    desk.say("hang_up", call=worker.call)
    assert worker.until("ended")["ending"] == "talked"
    assert worker.code() == 1000
    assert (scene.state(worker).state, scene.state(worker).ending) == ("ended", "talked")


def test_two_who_accept_at_once_and_one_is_told_who_was_first(scene: Scene) -> None:
    first, second = scene.desk(0).on_duty(), scene.desk(1).on_duty()
    worker = scene.worker()
    for desk in (first, second):
        desk.say("accept", call=worker.call)
    def got(desk: Desk) -> dict[str, Any]:
        return desk.wait(lambda said: said["kind"] == "refused" or (said["kind"] == "desk" and said["call"]))

    said = [got(first), got(second)]
    assert sorted(one["kind"] for one in said) == ["desk", "refused"]
    refusal = next(one for one in said if one["kind"] == "refused")
    winner = "王" if said[0]["kind"] == "desk" else "李"
    assert refusal == {"kind": "refused", "what": "accept", "code": "taken", "words": f"{winner} 已经先接听了"}


def test_a_call_goes_on_at_a_colleague(scene: Scene) -> None:
    first, second = scene.desk(0).on_duty(), scene.desk(1).on_duty()
    worker = scene.worker()
    first.takes(worker.call)
    worker.until("talking")
    shown = first.until(lambda said: len(said["colleagues"]) == 2)
    other = next(one["id"] for one in shown["colleagues"] if one["name"] == "李")
    first.say("hand_over", call=worker.call, to=other)
    assert second.rings(worker.call)["handed_by"] == "王"
    second.takes(worker.call)
    first.until(lambda said: not said["call"])
    worker.wait(lambda said: said["kind"] == "state" and said["doctor"]["name"] == "李")


def test_an_office_that_restarts_in_a_call_finds_it_again(scene: Scene) -> None:
    desk = scene.desk().on_duty()
    place = place_of(ask_for(scene.send, scene.stations[0], new_call()))
    worker = Worker(scene.office, place)
    desk.takes(place.call)
    worker.until("talking")
    scene.office.kill()
    scene.office.start()
    worker = Worker(scene.office, place)
    assert worker.until("talking")["left_s"] > 0
    desk = scene.desk()
    desk.until(lambda said: said["call"] and said["call"]["call"] == place.call)
    worker.wait(lambda said: said["kind"] == "state" and said["left_s"] == 0)
    worker.say("hang_up")
    assert worker.until("ended")["ending"] == "talked"
    worker.close()


def test_a_kiosk_that_broke_has_not_hung_up(scene: Scene) -> None:
    desk = scene.desk().on_duty()
    talking = scene.worker()
    desk.takes(talking.call)
    talking.until("talking")
    waiting = scene.worker(1)
    for worker, ending in ((talking, "lost"), (waiting, "left")):
        worker.say("lost")
        assert worker.until("ended")["ending"] == ending


def test_a_station_that_asks_anew_leaves_its_earlier_call(scene: Scene) -> None:
    scene.desk().on_duty()
    first = scene.worker()
    first.until("ringing")
    second = scene.worker()
    assert first.until("ended")["ending"] == "left"
    second.until("ringing")
    second.say("leave")
    assert second.until("ended")["ending"] == "left"


def test_a_doctor_does_not_wait_for_a_window_that_crashed(scene: Scene) -> None:
    desk, worker = scene.desk().on_duty(), scene.worker()
    desk.rings(worker.call)
    desk.takes(worker.call)
    path = f"{calls.STATE_PATH}{worker.call}"
    assert signed(scene.send, scene.stations[1], "POST", path, b"{}").status == 404
    assert signed(scene.send, scene.stations[0], "POST", path, b'{"is_lost":true}').status == 200
    desk.until(lambda said: said["on_duty"] and not said["call"])
    assert scene.state(worker).ending == "lost"
    assert signed(scene.send, scene.stations[0], "POST", path, b"{}").status == 200
    assert scene.state(worker).ending == "lost"


def test_a_doctor_need_not_wait_for_a_kiosk_without_power_and_then_has_time_to_write(scene: Scene) -> None:
    desk, worker = scene.desk().on_duty(), scene.worker()
    desk.rings(worker.call)
    desk.takes(worker.call)
    worker.close()
    assert 0 < desk.until(lambda said: said["call"] and said["call"]["left_s"])["call"]["left_s"] <= 60
    desk.say("hang_up", call=worker.call)
    assert 0 < desk.until(lambda said: not said["call"])["writing_s"] <= 180
    assert scene.state(worker).ending == "talked"
    following = scene.worker(1)
    assert following.until("waiting")["place"] == 1
    desk.say("ready")
    desk.rings(following.call)
    following.say("leave")
    assert following.until("ended")["ending"] == "left"


def test_a_newer_page_replaces_an_older_one(scene: Scene) -> None:
    desk = scene.desk().on_duty()
    place = place_of(ask_for(scene.send, scene.stations[0], new_call()))
    older = Worker(scene.office, place)
    older.until("ringing")
    newer = Worker(scene.office, place)
    newer.until("ringing")
    assert older.code() == 4409
    newer.say("leave")
    newer.until("ended")
    newer.close()
    other = scene.desk()
    other.until(lambda said: said["on_duty"])
    assert desk.code() == 4409
    ended = Worker(scene.office, place)
    assert ended.until("ended")["ending"] == "left"


def test_the_queue_and_who_cancels(scene: Scene) -> None:
    desk = scene.desk().on_duty()
    first = scene.worker(0)
    desk.rings(first.call)
    second = scene.worker(1, "chest")
    second.until("waiting")
    queue = desk.until(lambda said: len(said["queue"]) == 2)["queue"]
    assert [(row["call"], row["state"]) for row in queue] == [(first.call, "ringing"), (second.call, "waiting")]
    assert queue[1]["complaint"] == ["chest"]
    desk.say("cancel", call=second.call)
    assert second.until("ended")["ending"] == "cancelled"
    backs = desk.until(lambda said: len(said["queue"]) == 1)["call_backs"]
    assert backs >= 1
    desk.say("decline", call=first.call)
    first.until("waiting")
    desk.say("decline", call=first.call)
    assert desk.wait(lambda said: said["kind"] == "refused")["code"] == "not-ringing"


def test_who_is_on_duty_is_published(scene: Scene) -> None:
    def published() -> bool:
        rows = scene.office.rows("SELECT body FROM core_document WHERE type = 'consulting'")
        return bool(rows) and '"is_open":true' in str(rows[0][0])

    scene.desk().on_duty()
    wait_until(published, "the document")
    pulled = [one for one in scene.stations[0].pull() if one.type == Consulting.type]
    assert pulled[-1].key == "doctors"


def test_who_has_no_business_at_the_desk_is_closed(scene: Scene) -> None:
    assert Desk(scene.office, "sessionid=none").code() == 4401
    with pytest.raises(InvalidStatus):
        Desk(scene.office, scene.cookies[0], "https://evil.example")
    with pytest.raises(InvalidStatus):
        Client(scene.office.url.replace("http", "ws") + "/desk/other")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("nonsense", 4401), ('{"kind":"ping"}', 4401), ('{"kind":"hello","call":"' + "A" * 22 + '","token":"x"}', 4404),
        ("[" * 60_000, 4401),
    ],
)
def test_a_page_that_cannot_say_which_call_it_is_for_is_closed(scene: Scene, said: str, code: int) -> None:
    line = Client(scene.office.url.replace("http", "ws") + calls.LINE_PATH)
    line.line.send(said)
    assert line.code() == code


def test_a_wrong_token_and_too_many_words(scene: Scene) -> None:
    scene.desk().on_duty()
    place = place_of(ask_for(scene.send, scene.stations[0], new_call()))
    line = Client(scene.office.url.replace("http", "ws") + calls.LINE_PATH)
    line.say("hello", call=place.call, token="x")
    assert line.code() == 4401
    worker = Worker(scene.office, place)
    worker.until("ringing")
    with contextlib.suppress(Exception):
        for _ in range(2_000):
            worker.say("ping")
    assert worker.code() == 4429
    worker = Worker(scene.office, place)
    worker.line.send("x" * 70_000)
    assert worker.code() in {1009, 1006}
    worker = Worker(scene.office, place)
    worker.line.send(b"bytes")
    assert worker.code() == 4400
    worker = Worker(scene.office, place)
    worker.say("leave")
    worker.until("ended")


def test_nothing_of_a_call_is_in_the_log(scene: Scene) -> None:
    log = scene.office.log_path.read_text()
    assert "fever" not in log
    assert "Traceback" not in log
