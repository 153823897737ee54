"""The consultation app."""

from __future__ import annotations

from django.apps import AppConfig


class ConsultConfig(AppConfig):
    """Calls, the desk, records."""

    name = "sync.central.consult"
    label = "consult"
    verbose_name = "视频看医生"
