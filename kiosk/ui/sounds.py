"""Three short sounds: done, soft tick, and no. Played by `aplay`, never waited for.

`python -m kiosk.ui.sounds OUTDIR` makes the .wav files again.
"""

from __future__ import annotations

import logging
import math
import shutil
import struct
import subprocess
import sys
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

log = logging.getLogger(__name__)

Earcon = Literal["done", "tick", "no"]
FOLDER: Final = Path(__file__).parent / "earcons"
_RATE: Final = 22_050
_TUNES: Final[dict[Earcon, tuple[tuple[float, float, float], ...]]] = {     # hertz, seconds, loudness
    "done": ((659.3, 0.11, 0.5), (987.8, 0.26, 0.5)),       # two notes upwards
    "tick": ((1200.0, 0.045, 0.22),),                       # one short tap
    "no": ((311.1, 0.16, 0.5), (233.1, 0.30, 0.5)),         # two notes downwards
}


class Sounds:
    """Plays through the sound card; without one, or without a player, it is silent."""

    def __init__(
        self, folder: Path = FOLDER, cards: Path = Path("/proc/asound/cards"), *, silent: bool = False
    ) -> None:
        self._folder = folder
        self._cards = cards
        self._player: str | None = None
        self._looked = silent
        self._playing: subprocess.Popen[bytes] | None = None

    def play(self, earcon: Earcon) -> None:
        """Start the sound, ending the one before; returns at once."""
        if not self._looked:
            self._looked = True
            self._player = self._find_player()
        if self._player is None:
            return
        self.stop()
        try:
            self._playing = subprocess.Popen(   # noqa: S603  a fixed command on our own file
                [self._player, "-q", str(self._folder / f"{earcon}.wav")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        except OSError as cause:
            log.warning("no sounds any more: %s", cause)
            self._player = None

    def stop(self) -> None:
        """End the sound that plays."""
        if self._playing is not None:
            self._playing.kill()
            self._playing.wait()
            self._playing = None

    def _find_player(self) -> str | None:
        try:
            has_card = "[" in self._cards.read_text()
        except OSError:
            has_card = False
        player = shutil.which("aplay") if has_card else None
        if player is None:
            log.info("no sounds: %s", "aplay is not installed" if has_card else "no sound card")
        return player


def compose(earcon: Earcon) -> bytes:
    """A sound as 16-bit samples: soft bells that fade."""
    samples: list[int] = []
    for hertz, seconds, loudness in _TUNES[earcon]:
        count = round(seconds * _RATE)
        for place in range(count):
            time_s = place / _RATE
            fade = min(1.0, place / 90) * math.exp(-5.0 * place / count)
            tone = math.sin(math.tau * hertz * time_s) + 0.3 * math.sin(2 * math.tau * hertz * time_s)
            samples.append(round(32_767 * loudness * fade * tone / 1.3))
    return struct.pack(f"<{len(samples)}h", *samples)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command: write the .wav files."""
    given = sys.argv[1:] if arguments is None else arguments
    out = Path(given[0]) if given else FOLDER
    out.mkdir(parents=True, exist_ok=True)
    for earcon in _TUNES:
        with wave.open(str(out / f"{earcon}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(_RATE)
            file.writeframes(compose(earcon))
    return 0


if __name__ == "__main__":
    sys.exit(main())
