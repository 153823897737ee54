"""Moments of a station whose clock was wrong, as the office counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sync.central.core.models import Event, Quarantine
from sync.central.core.projecting.projector import project_all
from sync.central.library.catalogue import add_copies, add_titles
from sync.central.library.models import Copy as LibraryCopy
from sync.central.visits.models import DailyCount
from sync.protocol.documents import Copy, Title
from sync.protocol.events import BookBorrowed, BookReturned, CheckedIn, ClockStepped
from sync.protocol.wire import MAX_SLIPS

from .conftest import on_both_databases
from .fake_station import CHINA, FakeStation

pytestmark = [pytest.mark.django_db, on_both_databases]

YEAR_2000 = datetime(2000, 1, 1, 12, 0, tzinfo=CHINA)


def _since_2000_s() -> float:
    return (datetime.now(UTC) - YEAR_2000).total_seconds()


def test_visits_of_the_year_2000_are_counted_today_when_the_clock_was_put_right_before_they_came(
    station: FakeStation,
) -> None:
    slip_s = _since_2000_s()
    lines = [
        station.line(CheckedIn(checkin="a", trade="cook"), at=YEAR_2000),
        station.line(CheckedIn(checkin="b", trade="cook"), at=YEAR_2000),
        station.line(ClockStepped(by_s=slip_s)),
        station.line(CheckedIn(checkin="c", trade="cook")),
    ]
    station.sync(lines, slips=((1, 2, slip_s), (3, 4, 0.0)))
    project_all()
    today = Event.objects.get(seq=4).at_utc.astimezone(CHINA).date()
    assert [(count.date, count.visits) for count in DailyCount.objects.all()] == [(today, 3)]


def test_what_has_no_slip_of_its_own_is_corrected_by_the_clock_of_the_exchange(station: FakeStation) -> None:
    now = datetime.now(UTC)
    behind = now - timedelta(hours=2)
    lines = [station.line(CheckedIn(checkin=name, trade="cook"), at=behind.astimezone(CHINA)) for name in "ab"]
    station.sync(lines, sent_at=behind, slips=((2, 2, 60.0),))
    moments = list(Event.objects.order_by("seq").values_list("at_utc", flat=True))
    assert abs((moments[0] - now).total_seconds()) < 60
    assert abs((moments[1] - behind).total_seconds() - 60) < 1


def test_a_rejected_line_keeps_its_slip_for_whoever_mends_it(station: FakeStation) -> None:
    station.sync([b'{"seq":1,"at":"2000-01-01T00:00:00Z","event":{"kind":"checkin.made"}}'], slips=((1, 1, 99.5),))
    assert Quarantine.objects.get().offset_s == 99.5


@pytest.mark.parametrize("slip_s", [1e300, -1e300, 1e18])
def test_a_slip_beyond_all_years_is_bounded(station: FakeStation, slip_s: float) -> None:
    assert station.sync([station.line(CheckedIn(checkin="a", trade="cook"))], slips=((1, 1, slip_s),)).status == 200


def test_more_slips_than_may_be_are_refused(station: FakeStation) -> None:
    assert station.sync(slips=((1, 1, 0.0),) * (MAX_SLIPS + 1)).status == 400


def test_a_book_returned_by_a_dead_clock_stands_where_it_was_returned(station: FakeStation) -> None:
    """An earlier event of the same journal says that it cannot be the year 2000."""
    add_titles([Title(isbn="9787506365437", title="活着", author="余华")])
    add_copies([Copy(label="YZ0000001X", isbn="9787506365437", station=station.id)])
    station.sync([station.line(BookBorrowed(label="YZ0000001X", due_on=date(2026, 12, 23)))])
    station.sync([station.line(CheckedIn(checkin="a", trade="cook"), at=YEAR_2000 + timedelta(days=9_999))])
    station.sync([station.line(BookReturned(label="YZ0000001X"), at=YEAR_2000)])
    project_all()
    assert LibraryCopy.objects.get().status == "on_shelf"


def test_a_clock_a_year_ahead_proves_nothing_of_what_follows(station: FakeStation) -> None:
    now = datetime.now(CHINA)
    ahead, right = now + timedelta(days=365), now - timedelta(hours=5)
    station.sync([station.line(CheckedIn(checkin=str(at), trade="cook"), at=at) for at in (ahead, right)])
    first, second = Event.objects.order_by("seq").values_list("at_utc", flat=True)
    assert abs((first - now).total_seconds()) < 60
    assert abs((second - right).total_seconds()) < 1
