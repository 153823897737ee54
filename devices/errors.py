"""What can go wrong with a device or with what it read, each with a code and a next step."""

from __future__ import annotations

from typing import ClassVar


class DeviceError(Exception):
    """Root of all faults of devices; `code` is stable, `next_step` is for a person, `device` is its name."""

    code: ClassVar[str] = "DEV-ERROR"
    next_step: ClassVar[str] = "请联系技术员"

    def __init__(self, device: str, detail: str = "") -> None:
        super().__init__(device, detail)
        self.device = device
        self.detail = detail

    def __str__(self) -> str:
        place = f"{self.code} {self.device}"
        return f"{place}: {self.detail}" if self.detail else place


class DeviceMissing(DeviceError):
    """The device cannot be found where it should be."""

    code = "DEV-MISSING"
    next_step = "请检查设备的连接线和电源"


class DeviceLost(DeviceError):
    """The device was there and stopped answering, or was never opened."""

    code = "DEV-LOST"
    next_step = "请把设备的连接线重新插好"


class DeviceBusy(DeviceError):
    """Another program holds the device."""

    code = "DEV-BUSY"
    next_step = "设备正被别的程序使用，请联系技术员"


class DeviceDenied(DeviceError):
    """This program may not open the device."""

    code = "DEV-DENIED"
    next_step = "程序没有使用设备的权限，请联系技术员"


class DeviceMisconfigured(DeviceError):
    """The device's address or speed in the configuration cannot be used."""

    code = "DEV-CONFIG"
    next_step = "设备配置有误，请联系技术员"


class DeviceFaulty(DeviceError):
    """The driver failed in a way nobody foresaw; the log has the cause."""

    code = "DEV-FAULT"
    next_step = "设备出现故障，请联系技术员"


class LabelError(DeviceError):
    """What was typed is no copy label: wrong form, or its check character does not fit."""

    code = "DEV-LABEL"
    next_step = "请核对书标上的 8 位编号，再输入一次"


class SimulatorError(DeviceError):
    """The virtual scanner does not run, does not answer, or cannot be started there."""

    code = "DEV-SIMULATOR"
    next_step = "请检查虚拟扫码器：yizhan-scanner run 是否在运行，路径是否正确"
