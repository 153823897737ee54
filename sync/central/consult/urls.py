"""Everything of the consultation that a browser can ask for."""

from __future__ import annotations

from . import desk_urls, record_urls

urlpatterns = [*desk_urls.urlpatterns, *record_urls.urlpatterns]
