"""Stations."""
from django.http import HttpRequest, HttpResponse


def stations(request: HttpRequest) -> HttpResponse:
    """Stations."""
    return HttpResponse("")


new_code = stations
