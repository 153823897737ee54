from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


def umbrellas(request: HttpRequest, number: int = 0) -> HttpResponse:
    return render(request, "umbrellas/umbrellas.html", {"number": number})


urlpatterns = [
    path("umbrellas/", umbrellas, name="umbrellas"),
    path("umbrellas/<int:number>", umbrellas, name="umbrella"),
]
