from dataclasses import dataclass, field

from tests.kiosk.conftest import Desk


@dataclass
class Answers:
    given: list[str] = field(default_factory=list)


def test_what_a_service_notes_of_a_visit_is_kept_until_it_ends(desk: Desk) -> None:
    desk.visits.current.of(Answers).given.append("A")
    assert desk.visits.current.of(Answers).given == ["A"]
    desk.visits.end("home")
    assert desk.visits.current.of(Answers).given == []
