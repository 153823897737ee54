"""Telling a station to do something: signed by the command key, from the fixed table, for a while."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from sync.central.core.command_key import command_key
from sync.central.core.publishing.documents import publish, scope_of_station, withdraw
from sync.central.core.stations import get_station
from sync.protocol.commands import ROWS, make_command
from sync.protocol.documents.releases import Command as CommandDocument
from sync.protocol.errors import SyncError

from .models import Command
from .releasing import note, take_counter

WORDS: Final = {
    "restart": "重启屏幕程序",
    "reboot": "重启整机",
    "self_test": "自检",
    "send_logs": "传回日志",
    "out_of_service": "暂停服务",
    "in_service": "恢复服务",
    "roll_back": "退回上一版程序",
}
# What people at the station notice, with what it does to them: asked about before it is done.
GRAVE: Final = {
    "reboot": "屏幕黑一两分钟，正在用的人要重新来",
    "out_of_service": "屏幕上只写着暂停服务，谁都用不了，直到恢复",
    "roll_back": "装回上一版并重启，现在这一版不再自己装上",
}
LIFETIME: Final = timedelta(days=3)     # a station that comes back after a holiday must not be surprised


class CommandUnissued(SyncError):
    """A command cannot be given; `detail` says why, in words for staff."""

    code = "OFFICE-COMMAND"
    next_step = "请从页面上的按钮里选"


@transaction.atomic
def tell(station_id: str, do: str, who: str, now: datetime) -> str:
    """Have a station do something; the command's id. Raises CommandUnissued, StationRefused, CommandKeyDamaged."""
    if do not in ROWS:
        raise CommandUnissued(f"没有这个命令：{do[:32]}")
    take_counter()
    station = get_station(station_id)
    if station.enrolled_at is None or station.revoked_at is not None:
        raise CommandUnissued("这个驿站没有在用")
    id_ = secrets.token_urlsafe(12)
    expires_at = now + LIFETIME
    Command.objects.create(command=id_, station=station, do=do, who=who, issued_at=now, expires_at=expires_at)
    document = make_command(command_key(), station.id, id_, do, issued_at=now, expires_at=expires_at)
    publish(scope_of_station(station.id), [document])
    note(now, who, WORDS[do], station=station.id)
    return id_


def take_away(station_id: str, commands: list[str]) -> None:
    """These were dealt with: nobody needs their documents any more."""
    for command in commands:
        withdraw(CommandDocument.type, f"{station_id}/{command}")
