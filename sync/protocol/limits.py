"""How long a text may be: one list for what travels, for the office's columns and for what staff type.

SQLite keeps a text of any length, with NUL in it; PostgreSQL refuses both, and the whole batch with it. So what comes
in is fitted here first, and the answer is the same on either.
"""

from __future__ import annotations

from typing import Final

KEY_CHARS: Final = 64           # of a document's key, an event's id, a label, an epoch, an installation
NAME_CHARS: Final = 64          # of a station, its place, a program's version
AMENITY_CHARS: Final = 31       # so that a fault's key, `STATION/AMENITY`, fits; what is longer is cut
SCOPE_CHARS: Final = 33         # `@` and a station's number
ISBN_CHARS: Final = 13
TITLE_CHARS: Final = 200
AUTHOR_CHARS: Final = 200
PUBLISHER_CHARS: Final = 100
CLASS_CHARS: Final = 32         # 中图法 class
NOTE_CHARS: Final = 200         # what staff note at a fault
DETAIL_CHARS: Final = 300       # what is said of a line in quarantine, and noted at it
SIGNATURE_CHARS: Final = 128    # Ed25519, hex
MOST_PARTS: Final = 64          # of a pass sheet
USER_CHARS: Final = 150         # of a user's name
CALL_CHARS: Final = 22          # of a consultation's id: 16 random bytes, base64url
DOCTOR_CHARS: Final = 64        # of a doctor's name
LICENCE_CHARS: Final = 32       # of a doctor's licence, and of what a doctor is called
LANGUAGE_CHARS: Final = 16      # of a language's code
ABOUT_CHARS: Final = 200        # of what else there is to know of a look at a record
DIGEST_CHARS: Final = 64        # of a hash in hex
WORD_CHARS: Final = 32          # of one of our own words in a column: a state, an ending, what was done


def as_key(value: str, most: int = KEY_CHARS) -> str:
    """A name of something, as it is kept: without NUL, cut where the column ends."""
    return value.replace("\0", "")[:most]


def fitted(value: str, most: int) -> str:
    """Words for people: without NUL, and with … in the place of what is too much."""
    words = value.replace("\0", "")
    return words if len(words) <= most else words[:most - 1] + "…"
