"""Everything of the consultation that a browser can ask for."""

from __future__ import annotations

from . import record_urls

urlpatterns = [*record_urls.urlpatterns]
