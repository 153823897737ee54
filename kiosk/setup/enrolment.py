"""Becoming a station, before there is a store: what is around the machine, and the enrolment itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from kiosk.clock import Clock
from kiosk.stage.ground import Site
from sync.protocol.enrolment import EnrolmentCodeError, parse_qr_text
from sync.protocol.errors import SyncError
from sync.station.clock import PROGRAM_DATE
from sync.station.errors import OfficeUntrusted
from sync.station.exchange.address import check_address
from sync.station.exchange.client import OfficeClient
from sync.station.exchange.enrol import enrol
from sync.station.facts import Identity
from sync.station.host.errors import HostError
from sync.station.host.table import Link, Rotation

from .errors import ClockBehind, NoEnrolmentCode, OfficeUnknown

ZONE: Final = ZoneInfo("Asia/Shanghai")     # until an office says where this station is
_CONNECT_S: Final = 5.0
_SILENCE_S: Final = 10.0
_WHOLE_S: Final = 30.0      # somebody stands before the screen
Connect = Callable[[str], OfficeClient]


@dataclass(frozen=True)
class Surroundings:
    """What a technician wants to know before anything else."""

    office: str                     # its address, empty if nobody has said it
    fault: Exception | None         # why the office does not answer; None if it does, or is not known
    links: tuple[Link, ...] | None  # None: others look after this machine's network
    clock: datetime                 # what the machine takes for the time
    is_clock_behind: bool
    can_turn: bool                  # whether the screen can be turned from here
    site_faults: tuple[str, ...] = ()   # what is wrong with the site file


class EnrolmentService:
    """What can be asked and done before there is a store; on the worker thread."""

    def __init__(self, site: Site, clock: Clock, connect: Connect | None = None) -> None:
        self.office = site.office
        self.is_test_next = site.needs_test
        self._site = site
        self._clock = clock
        self._connect = connect or partial(
            OfficeClient, connect_s=_CONNECT_S, silence_s=_SILENCE_S, whole_s=_WHOLE_S
        )

    def look(self) -> Surroundings:
        """Network, office and clock as of now; takes as long as the office's silence."""
        links, site_faults = None, ()
        try:
            links = self._site.host.links().links
            site_faults = self._site.host.site_faults()
        except HostError:
            pass    # others look after this machine
        return Surroundings(
            self.office, self._find_fault(), links, self._clock.now().astimezone(ZONE), self._is_clock_behind(),
            can_turn=links is not None, site_faults=site_faults,
        )

    def set_clock(self, at: datetime) -> None:
        """Set the machine's clock to an aware time; raises HostError."""
        self._site.host.set_clock(at)

    def choose_office(self, address: str) -> None:
        """This is the office; raises AddressRefused."""
        self.office = check_address(address)

    def enrol_by_scan(self, frame: bytes) -> Identity:
        """Enrol with what a scanner read; raises NoEnrolmentCode and what `enrol` raises."""
        try:
            office, code = parse_qr_text(frame.decode("utf-8", "replace").strip())
        except EnrolmentCodeError as cause:
            raise NoEnrolmentCode(cause.detail) from cause
        self.choose_office(office)
        return self.enrol(code)

    def enrol(self, code: str) -> Identity:
        """Become the station that this code is for; raises OfficeUnknown, ClockBehind, SyncError."""
        if not self.office:
            raise OfficeUnknown
        try:
            return enrol(self._site.data, self.office, code, connect=self._connect)
        except OfficeUntrusted as cause:
            # A certificate is judged by our clock: before it is doubted, the clock is.
            raise (ClockBehind(cause.detail) if self._is_clock_behind() else cause) from cause

    def turn_screen(self) -> None:
        """Turn the picture by a quarter, clockwise; raises HostError."""
        now = self._site.host.screen().rotation
        self._site.host.set_screen(rotation=_NEXT[now])

    def _find_fault(self) -> Exception | None:
        if not self.office:
            return None
        client = self._connect(self.office)
        try:
            client.greet()
        except OfficeUntrusted as cause:
            return ClockBehind(cause.detail) if self._is_clock_behind() else cause
        except SyncError as fault:
            return fault
        finally:
            client.close()
        return None

    def _is_clock_behind(self) -> bool:
        return self._clock.now() < PROGRAM_DATE


_NEXT: Final[dict[Rotation, Rotation]] = {0: 90, 90: 180, 180: 270, 270: 0}
