"""The charts that `overview.js` can draw; each is a table too."""

from __future__ import annotations

import msgspec


class Row(msgspec.Struct, frozen=True):
    """One line of the table: a number for every column."""

    name: str
    values: list[int]


class _Chart(msgspec.Struct, frozen=True):
    label: str      # what it is read aloud as
    corner: str     # the head of the rows' names
    columns: list[str]
    rows: list[Row]


class Heat(_Chart, frozen=True, tag="heat"):
    """A cell for every row and column, the darker the more; under the finger, numbers with their units."""

    column_unit: str
    value_unit: str


class Bars(_Chart, frozen=True, tag="bars"):
    """A bar for every row, made of the columns."""

    colors: list[str]   # one a column
