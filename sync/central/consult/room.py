"""What the doctor by video brings to the office's pages."""

from __future__ import annotations

from typing import Final

from sync.central.office.rooms import Card, Daily, Page, Room

from . import figures, roles

ROOM: Final = Room(
    urls="sync.central.consult.urls",
    look="consult/records.css",
    pages=[
        Page(400, "接诊台", "doctor", "desk", roles.is_doctor),
        Page(410, "接诊记录", "record", "consult-history", roles.is_doctor),
        Page(420, "看诊统计", "figures", "consult-figures", roles.is_supervisor),
        Page(430, "查阅记录", "looks", "consult-audit", roles.is_auditor),
    ],
    daily=[Daily(400, "看医生", "#1C66A8", figures.by_day)],
    cards=[Card(600, "视频看医生", "今天", "consult/_today.html", figures.card)],
)
