"""Pass sheets at the office: proven or not, once in all epochs, on a page that can be printed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from msgspec.structs import replace

from sync.central.core.repair.rebuilding import rebuild
from sync.central.setup.models import Sheet
from sync.protocol.events import StationTested
from sync.protocol.events.setup import PartTested
from sync.protocol.sheets import sign_sheet

from .conftest import enrolled, on_both_databases
from .fake_station import FakeStation
from .reading import words_at
from .test_projector import tell

pytestmark = [pytest.mark.django_db, on_both_databases]
PASSED = (PartTested("touch", "passed"), PartTested("loudspeaker", "waived", "SETUP-SOUND", "LI"))
FAILED = (PartTested("touch", "passed"), PartTested("camera", "failed", "CONSULT-CAMERA"))


def sheet(
    station: FakeStation, parts: tuple[PartTested, ...] = PASSED, key: Ed25519PrivateKey | None = None
) -> StationTested:
    at = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
    return sign_sheet(
        StationTested(station=station.id, tested_at=at, who="WANG8", program="2026.12.1", parts=parts, key=""),
        key or station.key,
    )


def test_a_station_that_passed_stands_on_the_page_with_what_was_waived(station: FakeStation, clerk: Client) -> None:
    assert "登记了，还没有验收单" in words_at(clerk, "/sheets/")
    tell(station, sheet(station))
    words = words_at(clerk, "/sheets/")
    assert re.search(r"330502-01 通过 .* WANG8 2026\.12\.1 无 喇叭 SETUP-SOUND", words)
    assert "还没有验收单" not in words
    page = words_at(clerk, f"/sheets/{Sheet.objects.get().pk}")
    assert "签名对得上" in page
    assert "part loudspeaker waived SETUP-SOUND by LI" in page
    assert "喇叭 免检 SETUP-SOUND LI" in page


def test_a_station_that_failed_waits_for_a_hand_until_it_passes(station: FakeStation, clerk: Client) -> None:
    tell(station, sheet(station, FAILED))
    assert "摄像头 CONSULT-CAMERA" in words_at(clerk, "/waiting/")
    tell(station, sheet(station))
    assert "CONSULT-CAMERA" not in words_at(clerk, "/waiting/")
    assert "摄像头 CONSULT-CAMERA" in words_at(clerk, f"/sheets/{Sheet.objects.latest('pk').pk}"), "the earlier sheet"


def test_a_forged_sheet_proves_nothing(station: FakeStation, clerk: Client) -> None:
    other = enrolled("330502-02", "凤凰")
    tell(station, replace(sheet(station), who="LI"), sheet(other))
    assert [row.is_proven for row in Sheet.objects.all()] == [False, False]
    assert "签名不对，不能作数" in words_at(clerk, "/sheets/")


def test_a_sheet_of_a_machine_that_was_replaced_says_so(station: FakeStation, clerk: Client) -> None:
    tell(station, sheet(station, key=Ed25519PrivateKey.generate()))
    assert "通过，之后换过机器或重新登记过" in words_at(clerk, "/sheets/")


def test_a_sheet_told_again_in_a_later_epoch_counts_once_and_a_rebuild_makes_the_same(station: FakeStation) -> None:
    tell(station, sheet(station))
    station.epoch, station.acked, station.next_seq = "epoch-2", 0, 1
    tell(station, sheet(station))
    assert Sheet.objects.count() == 1
    before = Sheet.objects.values("station", "signature", "parts", "text", "is_passed", "is_proven").get()
    rebuild(lambda _words: None)
    assert Sheet.objects.values("station", "signature", "parts", "text", "is_passed", "is_proven").get() == before


def test_what_no_station_would_send_is_cut_and_takes_nothing_with_it(station: FakeStation, clerk: Client) -> None:
    wild = StationTested(
        station=station.id, tested_at=datetime(2026, 11, 23, tzinfo=UTC), who="\0" + "W" * 500, program="\0" * 200,
        parts=tuple(PartTested("\0" + "p" * 200, "failed", "c" * 200) for _ in range(100)), key="k" * 500,
        signature="\0" + "s" * 500,
    )
    tell(station, wild)
    assert "没通过" in words_at(clerk, "/sheets/") or "签名不对" in words_at(clerk, "/sheets/")
