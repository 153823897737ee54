"""Releases: the order of versions, rings, which one a station should run, and whether one stays."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.documents import Blob, blobs_of, decode_document, encode_document, files_of
from sync.protocol.documents.releases import Command, Pin, Release
from sync.protocol.events import UpdateRolledBack, decode_entry, encode_entry
from sync.protocol.releases import is_in_ring, is_older, is_taken_back, parse_version, ring_place, wanted_release
from sync.protocol.trials import DEVICES_S, OFFICE_S, SCREEN_S, Seen, Verdict, verdict
from sync.protocol.wire import decode_published
from tests.sync.wire_files import lines_of

BUNDLE = Blob("a" * 64, 1, "application/vnd.rauc")


def test_the_example_events_are_what_is_written_today() -> None:
    entries = [decode_entry(line) for line in lines_of("journal-releases-v1.ndjson")]
    assert [decode_entry(encode_entry(entry.seq, entry.at, entry.event)) for entry in entries] == entries
    assert entries[2].event == UpdateRolledBack(version="2026.12.2", to_version="2026.12.1", code="UPDATE-SCREEN")


def test_the_example_documents_are_what_is_written_today() -> None:
    published = [decode_published(line) for line in lines_of("published-releases-v1.ndjson")]
    for one, kind in zip(published, (Release, Pin, Command), strict=True):
        body = bytes(one.body or b"")
        assert encode_document(decode_document(kind, body)) == body


def test_a_bundle_is_kept_by_the_office_and_not_fetched_with_other_files() -> None:
    body = encode_document(release("2026.12.1"))
    assert blobs_of(body) == ()
    assert files_of(body) == (BUNDLE,)


def test_versions_are_compared_by_number() -> None:
    assert is_older("2026.9.30", "2026.12.1")
    assert is_older("2026.12.1", "2026.12.1.1")
    assert not is_older("2026.12.1", "2026.12.1")
    for text in ("", "v1", "1.", "1..2", "１", "1.2.3.4.5", "9" * 10, "1\n"):
        assert parse_version(text) == ()


def test_rings_grow_and_another_release_has_others_go_first() -> None:
    stations = [f"330502-{number:02d}" for number in range(1000)]
    one, ten = ({name for name in stations if is_in_ring("s", name, percent)} for percent in (1, 10))
    assert one < ten
    assert 60 < len(ten) < 140
    assert {name for name in stations if is_in_ring("s", name, 100)} == set(stations)
    assert not any(is_in_ring("s", name, 0) for name in stations)
    assert {name for name in stations if is_in_ring("other", name, 10)} != ten


@given(st.text(), st.text())
def test_every_station_has_a_place(seed: str, station: str) -> None:
    assert 0 <= ring_place(seed.encode("utf-8", "replace").decode(), station.encode("utf-8", "replace").decode()) < 100


def release(version: str, **changed: object) -> Release:
    return Release(**{"release": version, "bundle": BUNDLE, "percent": 100} | changed)  # pyright: ignore


@dataclass
class Station:
    """Asks which of the releases it should install."""

    runs: str = "2026.11.1"
    pin: str = ""
    region: str = "330502"
    failed: tuple[str, ...] = ()

    def wants(self, *releases: Release) -> str:
        found = wanted_release(
            releases, station="330502-01", region=self.region, runs=self.runs, pin=self.pin, failed=self.failed
        )
        return found.release if found else ""


def test_a_station_wants_the_newest_that_reached_it() -> None:
    assert Station().wants(release("2026.11.1"), release("2026.12.2"), release("2026.12.1")) == "2026.12.2"
    assert Station().wants(release("2026.12.2", percent=0), release("2026.12.1")) == "2026.12.1"
    assert Station().wants(release("2026.12.2", regions=("6501",)), release("2026.12.1", regions=("33", "65"))) == (
        "2026.12.1"
    )
    assert Station().wants(release("2026.12.1", is_paused=True)) == ""
    assert Station().wants(release("2026.12.1", is_withdrawn=True)) == ""
    assert Station(failed=("2026.12.1",)).wants(release("2026.12.1")) == ""
    assert Station().wants() == ""


def test_a_pin_decides_alone() -> None:
    pinned = Station(pin="2026.12.1")
    assert pinned.wants(release("2026.12.1", percent=0, is_paused=True, regions=("65",)), release("2026.12.2")) == (
        "2026.12.1"
    )
    assert Station(pin="2026.11.1").wants(release("2026.12.1")) == "", "it keeps to what it runs"
    assert Station(pin="2026.12.9").wants(release("2026.12.1")) == "", "nobody has released that yet"


def test_what_is_older_is_not_installed_unless_it_was_meant() -> None:
    assert Station().wants(release("2026.9.1")) == ""
    assert Station(pin="2026.9.1").wants(release("2026.9.1")) == ""
    assert Station(pin="2026.9.1").wants(release("2026.9.1", is_downgrade_allowed=True)) == "2026.9.1"


def test_a_withdrawn_release_is_left_unless_the_station_is_pinned_to_it() -> None:
    withdrawn = [release("2026.12.1", is_withdrawn=True)]
    assert is_taken_back(withdrawn, runs="2026.12.1", pin="")
    assert not is_taken_back(withdrawn, runs="2026.12.1", pin="2026.12.1")
    assert not is_taken_back(withdrawn, runs="2026.11.1", pin="")


WELL = Seen(has_drawn=True, scanners_answering=2, call="passed", is_office_reached=True)


def test_what_is_as_it_was_is_good() -> None:
    assert verdict(WELL, WELL, 20) == Verdict("good")
    poor = Seen(has_drawn=True)
    assert verdict(Seen(), poor, 20) == Verdict("good"), "what failed before is not the new program's fault"
    assert verdict(Seen(), WELL, 20) == Verdict("good")


@pytest.mark.parametrize(
    ("now", "code", "deadline_s"),
    [
        (WELL._replace(has_drawn=False), "UPDATE-SCREEN", SCREEN_S),
        (WELL._replace(scanners_answering=1), "UPDATE-SCANNER", DEVICES_S),
        (WELL._replace(call="untested"), "UPDATE-CALL", DEVICES_S),
        (WELL._replace(call="failed"), "UPDATE-CALL", DEVICES_S),
        (WELL._replace(is_office_reached=False), "UPDATE-OFFICE", OFFICE_S),
    ],
)
def test_what_is_lacking_is_waited_for_and_then_bad(now: Seen, code: str, deadline_s: float) -> None:
    assert verdict(WELL, now, deadline_s - 1) == Verdict("wait", code)
    assert verdict(WELL, now, deadline_s) == Verdict("bad", code)


def test_a_call_that_fails_where_none_was_tested_is_bad_and_one_that_failed_before_is_not() -> None:
    failing = WELL._replace(call="failed")
    assert verdict(WELL._replace(call="untested"), failing, DEVICES_S) == Verdict("bad", "UPDATE-CALL")
    assert verdict(failing, failing, 20) == Verdict("good")


def test_a_screen_is_wanted_even_if_there_was_none_before() -> None:
    assert verdict(Seen(), Seen(), SCREEN_S).how == "bad"
