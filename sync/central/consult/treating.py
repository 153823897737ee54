"""Who treats: told by whoever connects a doctor with a worker."""

from __future__ import annotations

from datetime import datetime

from .models import Treatment


def note_treatment(call: str, doctor: int, now: datetime) -> None:
    """This doctor answers the call, takes it over, or calls back: the record is theirs to see and to write."""
    Treatment.objects.get_or_create(consultation_id=call, doctor_id=doctor, defaults={"since": now})
