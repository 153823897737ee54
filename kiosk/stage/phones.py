"""Whom to call: the emergency and union numbers, and what the office publishes."""

from __future__ import annotations

from typing import Final

from kiosk.ui.words import _
from sync.protocol.documents import Phone

from .glances import Glances

EMERGENCY: Final = "120"
UNION: Final = "12351"


def phones_of(glances: Glances | None) -> list[Phone]:
    """All numbers, the emergency first; one the office publishes itself is not shown twice."""
    own = _published(glances)
    fixed = [Phone(_("急救"), EMERGENCY), Phone(_("职工服务热线"), UNION)]
    published = {phone.number for phone in own}
    return [phone for phone in fixed if phone.number not in published or phone.number == EMERGENCY] + [
        phone for phone in own if phone.number != EMERGENCY
    ]


def help_line(glances: Glances | None) -> str:
    """The one number to call when the machine does not work."""
    own = [phone for phone in _published(glances) if phone.number not in (EMERGENCY, UNION)]
    phone = own[0] if own else Phone(_("职工服务热线"), UNION)
    return _("求助电话  {name} {number}").format(name=phone.name, number=phone.number)


def _published(glances: Glances | None) -> tuple[Phone, ...]:
    return glances.station.settings.phones if glances else ()
