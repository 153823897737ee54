"""The station's equipment: what fails and recovers, told once each time."""

from __future__ import annotations

from collections.abc import Collection

from sync.protocol.events import DeviceFaulted, DeviceRecovered, DeviceRemoved
from sync.station.health import find_broken
from sync.station.store import Store

from .station import StationService


class EquipmentService:
    """Keeps which devices are broken; the only writer of device events."""

    def __init__(self, store: Store, station: StationService) -> None:
        self._store = store
        self._station = station
        # What failed before the program ended may work by now, and the office wants to know.
        self._broken = find_broken(store, station.now())
        self._known: dict[str, str] = {}    # code of each device that reported since the program began

    def can_scan(self) -> bool:
        """Whether some scanner works, as far as any has reported."""
        codes = [code for device, code in self._known.items() if device.startswith("scanner")]
        return not codes or "" in codes

    def report(self, device: str, code: str) -> None:
        """A device works (empty code) or fails with a code; only a change is recorded."""
        self._known[device] = code
        if code == self._broken.get(device, ""):
            return
        if code:
            self._store.journal.append(DeviceFaulted(device=device, code=code), at=self._station.now())
            self._broken[device] = code
        else:
            self._store.journal.append(DeviceRecovered(device=device), at=self._station.now())
            del self._broken[device]

    def keep_only(self, devices: Collection[str]) -> None:
        """These are all the devices there are; one that was taken out of the settings has no fault any more."""
        for device in [device for device in self._broken if device not in devices]:
            self._store.journal.append(DeviceRemoved(device=device), at=self._station.now())
            del self._broken[device]
