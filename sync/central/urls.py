"""Every page that apps bring; the stations' doors are in core/doors/."""

from __future__ import annotations

from django.urls import include, path

from sync.central.office.rooms import rooms

urlpatterns = [path("", include(room.urls)) for room in rooms() if room.urls]
handler400 = "sync.central.office.faults.bad_request"
handler403 = "sync.central.office.faults.forbidden"
handler404 = "sync.central.office.faults.not_found"
handler500 = "sync.central.office.faults.server_error"
