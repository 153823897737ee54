"""What a room offers outside its own screens: doors on the home screen, places in the bottom bar."""

from __future__ import annotations

import msgspec


class Tile(msgspec.Struct, frozen=True):
    """A door to a service on the home screen."""

    text: str                       # 看医生; four signs fit everywhere
    icon: str
    hue: str                        # #RRGGBB, one a service
    live: str                       # one line that is true now; seven signs fit everywhere
    opens: str                      # name of the screen behind it
    notes: tuple[str, ...] = ()     # said instead of the live line where there is room for two
    reason: str = ""                # why it cannot be used now: the tile is grey and says so
    explains: str = ""              # name of the screen that says more about the reason; without, a grey door is shut


class BarEntry(msgspec.Struct, frozen=True):
    """A screen that can be opened from anywhere."""

    icon: str
    text: str
    opens: str
    alarm: bool = False     # drawn in union red


class Example(msgspec.Struct, frozen=True):
    """A code to try in a demo, and what it is."""

    code: str
    text: str
    note: str
