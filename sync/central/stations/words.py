"""What a station reports of itself, in words for a clerk."""

from __future__ import annotations

import re
from typing import Final

_SCANNER: Final = re.compile(r"scanner(?:-(\d{1,3}))?", re.ASCII)
_DEVICES: Final = {"printer": "打印机", "camera": "摄像头", "disk": "硬盘", "clock": "时钟"}
_CODES: Final = {
    "DEV-MISSING": "没连上",
    "DEV-LOST": "断开了",
    "DEV-BUSY": "被别的程序占用",
    "DEV-DENIED": "没有使用权限",
    "DEV-CONFIG": "设置有误",
    "DEV-FAULT": "出了故障",
    "DEV-ERROR": "出了故障",
}
_WHOLE: Final = {
    "DISK-LOW": "磁盘空间快满了",
    "STORE-DAMAGED": "数据库损坏过，损坏的文件还留着",
}


def fault_words(fault: str) -> str:
    """扫码器没连上, for `scanner:DEV-MISSING`; what is not known here keeps its code."""
    if fault in _WHOLE:
        return _WHOLE[fault]
    device, _, code = fault.rpartition(":")
    if not device:
        return f"有故障，代码 {code}"
    return f"{_device_words(device)}{_CODES.get(code) or f'有故障，代码 {code}'}"


def _device_words(device: str) -> str:
    scanner = _SCANNER.fullmatch(device)
    if scanner is None:
        return _DEVICES.get(device, f"设备 {device} ")
    return f"第 {scanner[1]} 个扫码器" if scanner[1] else "扫码器"
