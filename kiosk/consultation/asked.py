"""What a worker has said so far on the way to a doctor; wiped with the visit."""

from __future__ import annotations

from typing import Final

import msgspec

from kiosk.ui.words import _


class Wish(msgspec.Struct, frozen=True):
    """How the worker wants to talk, and about what."""

    language: str = "zh_CN"
    complaint: tuple[str, ...] = ()


def language_names() -> dict[str, str]:
    """The languages doctors may speak, by their code; one whose signs the face has is called as its speakers do too."""
    return {
        "zh_CN": _("普通话"), "ug": _("维吾尔语"), "en": _("英语 English"), "bo": _("藏语"), "mn": _("蒙古语"),
        "kk": _("哈萨克语"), "yue": _("粤语"),
    }


COMPLAINT_ICONS: Final[dict[str, str]] = {
    "head": "head-alert", "fever": "thermometer-high", "cough": "lungs", "stomach": "stomach",
    "back": "human-handsdown", "joint": "bone", "skin": "allergy", "wound": "bandage", "eye": "eye", "tooth": "tooth",
    "heat": "weather-sunny-alert", "sleep": "sleep",
}


def complaint_names() -> dict[str, str]:
    """What can be tapped, by its code."""
    return {
        "head": _("头痛头晕"), "fever": _("发烧"), "cough": _("咳嗽嗓子"), "stomach": _("肚子胃"), "back": _("腰背痛"),
        "joint": _("手脚关节"), "skin": _("皮肤痒"), "wound": _("碰伤割伤"), "eye": _("眼睛"), "tooth": _("牙痛"),
        "heat": _("中暑"), "sleep": _("睡不好"),
    }
