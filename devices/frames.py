"""Framing: a scanner's bytes, in any pieces, to whole frames. Pure."""

from __future__ import annotations

from typing import Final

MAX_FRAME_BYTES: Final = 512
SILENCE_S: Final = 0.1


class Frames:
    """Cuts bytes into frames at CR, LF or CRLF in any mixture; empty frames vanish.

    A frame over the cap comes out once, cut to one byte more than the cap so that a reader
    can tell; the rest of it is swallowed. Silence ends a fragment, and the swallowing too.
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        self._is_swallowing = False
        self._last_byte_s = 0.0

    def feed(self, data: bytes, now_s: float) -> list[bytes]:
        """Frames that `data`, read at `now_s` of a monotonic clock, completes."""
        if now_s - self._last_byte_s >= SILENCE_S:
            self._start_anew()
        if not data:
            return []
        self._last_byte_s = now_s
        frames: list[bytes] = []
        *ended, begun = data.replace(b"\n", b"\r").split(b"\r")
        for piece in ended:
            self._append(piece, frames)
            if self._pending:
                frames.append(bytes(self._pending))
            self._start_anew()
        self._append(begun, frames)
        return frames

    def _append(self, piece: bytes, frames: list[bytes]) -> None:
        if self._is_swallowing:
            return
        self._pending += piece[: MAX_FRAME_BYTES + 1]
        if len(self._pending) > MAX_FRAME_BYTES:
            frames.append(bytes(self._pending[: MAX_FRAME_BYTES + 1]))
            self._pending.clear()
            self._is_swallowing = True

    def _start_anew(self) -> None:
        self._pending.clear()
        self._is_swallowing = False
