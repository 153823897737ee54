"""The overview, and what waits for a hand: frames for what apps bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from .charts import Bars, Heat
from .menu import Menu
from .rooms import Card, ChartCard, Glance, Waiting, brought


class _Shown(NamedTuple):
    """A card with its part that changes; that of a chart is its table."""

    card: Card | ChartCard
    html: str
    chart: Heat | Bars | None = None


class _Heap(NamedTuple):
    """Work of one sort; no HTML if there is none."""

    waiting: Waiting
    html: str


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The first page after login."""
    return render(request, "office/overview.html", _overview(request))


@require_GET
def overview_live(request: HttpRequest) -> HttpResponse:
    """The parts of the overview that change, for the open page to put in place."""
    return render(request, "office/_live.html", _overview(request, oob=True))


@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """All work that waits for a hand."""
    glance = Glance(timezone.now())
    heaps = [_heap(request, one, glance) for one in brought(lambda room: room.waiting)]
    return render(request, "office/waiting.html", {"menu": Menu(request.path, request.user, glance), "heaps": heaps})


def _overview(request: HttpRequest, *, oob: bool = False) -> dict[str, Any]:
    glance = Glance(timezone.now())
    cards = [_shown(request, card, glance, oob=oob) for card in brought(lambda room: room.cards)]
    return {
        "menu": Menu(request.path, request.user, glance),
        "now": glance.now,
        "today": glance.today,
        "figures": [figure for part in brought(lambda room: room.figures) for figure in part.figures(glance)],
        "cards": cards,
        "charts": _encoded(cards),
        "oob": oob,
    }


def _shown(request: HttpRequest, card: Card | ChartCard, glance: Glance, *, oob: bool) -> _Shown:
    if isinstance(card, Card):
        return _Shown(card, render_to_string(card.template, {**card.context(glance), "oob": oob}, request))
    chart = card.chart(glance)
    table = {"name": card.name, "chart": chart, "oob": oob}
    return _Shown(card, render_to_string("office/_table.html", table, request), chart)


def _encoded(cards: Sequence[_Shown]) -> str:
    charts = {shown.card.name: shown.chart for shown in cards if isinstance(shown.card, ChartCard)}
    return msgspec.json.encode(charts).decode()


def _heap(request: HttpRequest, waiting: Waiting, glance: Glance) -> _Heap:
    rows = waiting.rows(glance)
    return _Heap(waiting, render_to_string(waiting.template, {"rows": rows}, request) if rows else "")
