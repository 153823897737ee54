"""How far an update is, and what failed here: facts that outlive power cuts and the program that wrote them.

A newer program may be taken back: what it notes here must be readable by the one before it, so fields are only added.
"""

from __future__ import annotations

from typing import Final, Literal, TypeVar

import msgspec

from sync.protocol.trials import Seen

BOOT: Final = "UPDATE-BOOT"             # it did not start, or not long enough to say why
STUCK: Final = "UPDATE-STUCK"           # it was to be left, and runs again
WITHDRAWN: Final = "UPDATE-WITHDRAWN"   # the office took the release back
COMMANDED: Final = "UPDATE-COMMANDED"   # the office told this station to go back
MOST_TRIES: Final = 3   # of what may go better another night; what is certain counts as so many at once
FROM_STICK: Final = "stick-"            # how the file of a stick's bundle begins
_MAX_KEPT: Final = 32
T = TypeVar("T")


class Update(msgspec.Struct, frozen=True, omit_defaults=True):
    """The program that is on its way, if one is."""

    step: Literal["none", "installing", "trial", "leaving"] = "none"
    version: str = ""       # the new one; while leaving, the one that is left
    from_version: str = ""  # which ran when the step began
    bundle: str = ""        # its file in the folder of updates
    boot: str = ""          # in which run of the machine the step began
    code: str = ""          # why it is left
    before: Seen = Seen()   # how the station was with the program before

    @property
    def is_from_stick(self) -> bool:
        """Whether somebody stands before the station and waits for it."""
        return self.bundle.startswith(FROM_STICK)


class Tried(msgspec.Struct, frozen=True, omit_defaults=True):
    """What did not go well here, by version, so that it is neither tried nor told for ever."""

    left: dict[str, int] = {}       # how often it was installed and taken back, or could not be installed
    told: dict[str, str] = {}       # code of the last fault the office was told

    def with_left(self, version: str, times: int = 1) -> Tried:
        """Tried once more, or for good."""
        left = self.left | {version: self.left.get(version, 0) + times}
        return msgspec.structs.replace(self, left=_newest(left))

    def with_told(self, version: str, code: str) -> Tried:
        """Told."""
        return msgspec.structs.replace(self, told=_newest(self.told | {version: code}))

    def failed(self) -> set[str]:
        """What is not to be tried again."""
        return {version for version, times in self.left.items() if times >= MOST_TRIES}


def _newest(kept: dict[str, T]) -> dict[str, T]:
    return dict(list(kept.items())[-_MAX_KEPT:])
