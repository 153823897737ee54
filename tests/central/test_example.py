from __future__ import annotations

from collections import Counter

import pytest
from stdnum import isbn

from devices.codes import make_label
from sync.central.core.models import Event, Station
from sync.central.core.publishing.documents import find_published
from sync.central.example import COPIES, OfficeNotEmpty, fill_office
from sync.central.library.models import Copy
from sync.protocol import documents as docs

from .conftest import make_station, on_both_databases

pytestmark = [pytest.mark.django_db, on_both_databases]


def test_the_example_fills_an_empty_office_and_invents_no_history() -> None:
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


def test_the_example_does_not_mix_with_a_real_office() -> None:
    make_station("330502-77")
    with pytest.raises(OfficeNotEmpty):
        fill_office()
    assert Station.objects.count() == 1
