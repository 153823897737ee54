"""A doctor by video, before anybody is asked for: the door, and the question that comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .scenes import consultation as scenes

if TYPE_CHECKING:
    from tests.flows.kiosk import Kiosk


def test_without_a_doctor_the_hours_are_told(kiosk: Kiosk) -> None:
    scenes.closed(kiosk)
    assert kiosk.says(scenes.HOURS)
    assert kiosk.says("120")


def test_the_door_is_not_there_where_the_office_does_not_offer_it(kiosk: Kiosk) -> None:
    assert not kiosk.offers("看医生")


def test_an_emergency_leads_to_120(kiosk: Kiosk) -> None:
    scenes.call_120(kiosk)
    assert kiosk.says("120")
    assert kiosk.says("衣裳街")


def test_a_slip_to_120_leads_back_and_on(kiosk: Kiosk) -> None:
    scenes.call_120(kiosk).tap("按错了")
    assert kiosk.shows("consult_emergency")
    assert kiosk.tap("都没有").shows("consult_complaint")


def test_a_second_tap_meant_for_the_screen_before_answers_nothing(kiosk: Kiosk) -> None:
    scenes.consent(kiosk)
    kiosk.app.stage.show("consult_emergency")
    assert not kiosk.offers("都没有")
    kiosk.wait(lambda: kiosk.offers("都没有") and kiosk.offers("有"))
    assert kiosk.screen == "consult_emergency"
