"""How the devices of a station are."""

from __future__ import annotations

from .base import Event


class DeviceFaulted(Event, frozen=True, kw_only=True, tag="device.faulted"):
    """A device stopped working."""

    device: str
    code: str           # the DeviceError's code


class DeviceRemoved(Event, frozen=True, kw_only=True, tag="device.removed"):
    """A device that had failed is no longer part of the station: nobody waits for it."""

    device: str


class DeviceRecovered(Event, frozen=True, kw_only=True, tag="device.recovered"):
    """A device that had failed works again."""

    device: str
