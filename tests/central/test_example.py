from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from django.db.models import Sum
from django.test import Client
from django.utils import timezone
from stdnum import isbn

from devices.codes import make_label
from sync.central.core.enrolment import issue_code
from sync.central.core.examples import EPOCH, STATIONS
from sync.central.core.models import Event, Journal, Quarantine, Station
from sync.central.core.projecting.projector import project_all
from sync.central.core.publishing.documents import find_published
from sync.central.core.repair.rebuilding import rebuild
from sync.central.example import COPIES, OfficeNotEmpty, fill_office
from sync.central.example.month import DAYS, UNTOUCHED, fill_month
from sync.central.faults.models import Fault
from sync.central.library.models import Copy, Move
from sync.central.visits.models import DailyCount
from sync.protocol import documents as docs
from sync.protocol.events import CheckedIn

from .conftest import make_station, on_both_databases, post
from .fake_station import FakeStation

pytestmark = [pytest.mark.django_db, on_both_databases]


def test_the_example_fills_an_empty_office() -> None:
    fill_office()
    assert set(Station.objects.values_list("id", flat=True)) == {"330502-01", "330211-01", "650102-01"}
    copies = find_published(docs.Copy)
    assert {copy.label for copy in copies} == {make_label(number) for number in range(1, COPIES + 1)}
    assert {(copy.status, copy.loans, copy.last) for copy in copies} == {("on_shelf", 0, None)}
    assert set(Counter(copy.station for copy in copies).values()) == {COPIES // 3}
    titles = {title.isbn for title in find_published(docs.Title)}
    assert all(isbn.is_valid(number) for number in titles)
    assert {copy.isbn for copy in copies} == titles
    assert len(find_published(docs.Trade)) == 8
    assert len(find_published(docs.Poster)) >= 4
    assert Copy.objects.count() == COPIES
    assert not Event.objects.exists()


def test_every_example_station_tells_whom_to_call() -> None:
    fill_office()
    for station in find_published(docs.StationSettings):
        numbers = [phone.number for phone in station.phones]
        assert numbers[:2] == ["120", "12351"]
        assert numbers[2].startswith("0000-")
        assert station.amenities
        assert station.wifi_name


NOW = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)     # noon


def month() -> None:
    fill_office()
    fill_month(STATIONS, NOW)
    project_all()


def test_the_example_has_a_month_that_charts_and_tables_can_be_judged_by() -> None:
    month()
    days = dict(DailyCount.objects.values_list("date").annotate(Sum("visits")))
    assert len(days) == DAYS + 1
    assert all(visits > 30 for day, visits in days.items() if day != date(2026, 11, 30))
    assert 0 < days[date(2026, 11, 30)] < 80, "today is not over"
    assert len(set(DailyCount.objects.values_list("trade", flat=True))) == 8
    assert Move.objects.filter(kind=Move.Kind.BORROWED).count() > 200
    assert Move.objects.filter(kind=Move.Kind.RETURNED).count() > 80
    assert Move.objects.filter(kind=Move.Kind.SHELVED).count() == 0
    assert Fault.objects.count() == 4
    assert not Quarantine.objects.exists()
    assert not Event.objects.filter(at_utc__gt=NOW).exists()
    untouched = Copy.objects.filter(label__in=[make_label(number) for number in range(1, UNTOUCHED + 1)])
    assert set(untouched.values_list("status", flat=True)) == {"on_shelf"}
    assert Copy.objects.filter(status="on_loan").count() > 30


def test_the_month_is_the_same_each_time_and_marked_on_every_page(clerk: Client) -> None:
    assert "含示例数据" not in clerk.get("/").content.decode()
    month()
    digests = list(Event.objects.order_by("journal__station_id", "seq").values_list("digest", flat=True))
    assert set(Journal.objects.values_list("epoch", flat=True)) == {EPOCH}
    for path in ("/", "/stations/", "/waiting/", "/faults/"):
        assert "含示例数据" in clerk.get(path).content.decode()
    again = hashlib.sha256("".join(digests).encode()).hexdigest()
    assert again == "edd3373ef94a8174f1dece782150f0c194be8c67c9fb2cf7e4bd62fa0a62ef74"


def test_a_real_station_goes_on_beside_its_made_up_past() -> None:
    month()
    fake = FakeStation(post, STATIONS[0])
    assert fake.enrol(issue_code(Station.objects.get(pk=STATIONS[0]), timezone.now())).status == 200
    before = DailyCount.objects.aggregate(all=Sum("visits"))["all"]
    assert fake.sync([fake.line(CheckedIn(checkin="real", trade="courier"))]).status == 200
    project_all()
    rebuild(lambda _words: None)
    project_all()
    assert DailyCount.objects.aggregate(all=Sum("visits"))["all"] == before + 1


def test_the_example_does_not_mix_with_a_real_office() -> None:
    make_station("330502-77")
    with pytest.raises(OfficeNotEmpty):
        fill_office()
    assert Station.objects.count() == 1
