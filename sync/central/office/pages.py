"""Overview."""
from django.http import HttpRequest, HttpResponse


def overview(request: HttpRequest) -> HttpResponse:
    """Overview."""
    return HttpResponse("")


overview_live = waiting = overview
