import pytest

from kiosk.home.plan import GAP, ROW, plan_doors

PLACES = [
    (1100.0, True, False), (720.0, False, False), (730.0, True, True), (650.0, True, True),
]   # room, portrait, shared


@pytest.mark.parametrize("count", range(1, 13))
@pytest.mark.parametrize(("room", "portrait", "shared"), PLACES)
def test_every_service_has_a_door_and_the_doors_stay_in_their_place(
    count: int, room: float, portrait: bool, shared: bool
) -> None:
    plan = plan_doors(count, room, portrait=portrait, shared=shared)
    assert sum(plan.rows) == count
    assert max(plan.rows) - min(plan.rows) <= 1
    assert max(plan.rows) <= 3
    assert plan.total <= room + 0.01
    assert plan.high >= 132


def test_two_doors_below_panels_are_as_high_as_ever() -> None:
    assert plan_doors(2, 900, portrait=True, shared=True).high == ROW
    assert plan_doors(2, 900, portrait=True, shared=True).rows == (2,)


def test_without_services_there_are_no_rows() -> None:
    assert plan_doors(0, 900, portrait=True, shared=True).total == 0


def test_on_the_side_of_a_landscape_screen_doors_fill_it() -> None:
    plan = plan_doors(2, 722, portrait=False, shared=False)
    assert plan.total == pytest.approx(722)
    assert plan.rows == (1, 1)
    assert plan.high == pytest.approx((722 - GAP) / 2)
