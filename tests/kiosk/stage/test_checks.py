from collections.abc import Mapping, Sequence

from kiosk.stage.checks import Check, Checks, Outcome
from kiosk.stage.ground import Ground
from kiosk.stage.opened import Opened
from kiosk.stage.room import Room
from tests.kiosk.conftest import Desk


class Kettle:
    """A service that can be tried."""

    def __init__(self) -> None:
        self.degrees = 20

    def boil(self) -> Mapping[str, Outcome]:
        self.degrees = 100
        return {"water": Outcome("works", f"{self.degrees} °C")}


class TeaRoom(Room[Kettle]):
    def open(self, ground: Ground) -> Kettle:
        return Kettle()

    def checks(self, service: Kettle) -> Sequence[Check]:
        return (Check("tea", "茶", {"water": "开水"}, 60, service.boil),)


class ShutRoom(Room[None]):
    """Has no service, so nothing of it can be tried."""

    def checks(self, service: None) -> Sequence[Check]:
        raise AssertionError("asked")


def test_what_rooms_can_try_is_told_and_tried_with_their_own_service(desk: Desk) -> None:
    opened = Opened(desk.store, desk.clock, [ShutRoom(), TeaRoom()])
    checks = opened.service(Checks).all()
    assert [(check.name, *check.parts) for check in checks] == [("tea", "water")]
    assert checks[0].run() == {"water": Outcome("works", "100 °C")}
    assert opened.service(Kettle).degrees == 100
