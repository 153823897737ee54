"""Lengths of time and shares of a whole, as pages write them."""

from __future__ import annotations

from django import template

from sync.central.consult.figures import in_words

register = template.Library()


@register.filter
def seconds(value: int | None) -> str:
    """4 分 20 秒."""
    return in_words(value)


@register.filter
def percent(part: int, whole: int) -> str:
    """62%."""
    return f"{round(100 * part / whole)}%" if whole else "—"
