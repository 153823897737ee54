"""Whether a new program stays: judged from what the station sees in the boot that tries it. Pure."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Call = Literal["untested", "passed", "failed"]

SCREEN_S: Final = 5 * 60.0      # from the machine's start until the screen must have been drawn
DEVICES_S: Final = 10 * 60.0    # … until scanners and call must be as they were
OFFICE_S: Final = 15 * 60.0     # … until the office must have answered

NO_SCREEN: Final = "UPDATE-SCREEN"
NO_SCANNER: Final = "UPDATE-SCANNER"
NO_CALL: Final = "UPDATE-CALL"
NO_OFFICE: Final = "UPDATE-OFFICE"


class Seen(NamedTuple):
    """How a station is, before an update and in the boot that tries it."""

    has_drawn: bool = False
    scanners_answering: int = 0
    call: Call = "untested"
    is_office_reached: bool = False


class Verdict(NamedTuple):
    """What is to be done about the new program, and the code of what it lacks."""

    how: Literal["good", "wait", "bad"]
    code: str = ""


def verdict(before: Seen, now: Seen, boot_s: float) -> Verdict:
    """Judge the program that has run for so many seconds of this boot; nothing counts that failed before it too."""
    for is_well, code, deadline_s in (
        (now.has_drawn, NO_SCREEN, SCREEN_S),
        (now.scanners_answering >= before.scanners_answering, NO_SCANNER, DEVICES_S),
        (now.call == "passed" or before.call != "passed", NO_CALL, DEVICES_S),
        (now.is_office_reached or not before.is_office_reached, NO_OFFICE, OFFICE_S),
    ):
        if not is_well:
            return Verdict("wait" if boot_s < deadline_s else "bad", code)
    if now.call == "failed" and before.call != "failed":
        return Verdict("wait" if boot_s < DEVICES_S else "bad", NO_CALL)
    return Verdict("good")
