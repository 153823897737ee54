"""What the parts of a station are called, and what failed of them."""

from __future__ import annotations

from kiosk.ui.words import _

from . import service


def part_words() -> dict[str, str]:
    """The parts that belong to no room."""
    return {
        service.TOUCH: _("触摸屏四个角"), service.SCANNER: _("扫码器"), service.LOUDSPEAKER: _("喇叭"),
        service.OFFICE: _("连上总工会"), service.WATCHDOG: _("看门狗"),
    }
