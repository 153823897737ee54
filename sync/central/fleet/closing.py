"""Which stations were taken out of service, since when and by whom: what they answered last."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from .models import Answer, Command

_CLOSES: Final = "out_of_service"
_OPENS: Final = "in_service"


def closed_stations() -> dict[str, str]:
    """Station id → since when and by whom, in words."""
    rows = Command.objects.filter(do__in=(_CLOSES, _OPENS))
    told = {row.command: row for row in rows}
    done = Answer.objects.filter(how="done", command__in=rows.values("command")).defer("log").order_by("at_utc", "id")
    last = {row.station_id: row for row in done}
    return {
        station: f"{_words_for(answer)}起，{told[answer.command].who}"
        for station, answer in last.items() if told[answer.command].do == _CLOSES
    }


def _words_for(answer: Answer) -> str:
    at = timezone.localtime(answer.at_utc)
    return f"{at.month} 月 {at.day} 日 {at:%H:%M}"
