"""The pass sheet of a station's set-up test: its text, and the signature that belongs to it. Pure."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from .events.setup import PartTested, StationTested

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_HEAD: Final = "yizhan station test 1"


def sheet_of(tested: StationTested) -> str:
    """The text that is signed, a line for each thing; it can be printed and typed in again."""
    return "\n".join((
        _HEAD,
        f"station {tested.station}",
        f"at {tested.tested_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"program {tested.program}",
        f"who {tested.who}",
        *(_line(part) for part in tested.parts),
        f"key {tested.key}",
    ))


def sign_sheet(tested: StationTested, key: Ed25519PrivateKey) -> StationTested:
    """The same with the key's public half and its signature."""
    known = replace(tested, key=key.public_key().public_bytes_raw().hex())
    return replace(known, signature=key.sign(sheet_of(known).encode()).hex())


def is_proven(tested: StationTested) -> bool:
    """Whether its signature is by the key that it names, over just this."""
    # The station only signs, and its screen starts without this.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    text = sheet_of(tested)
    if text.count("\n") != len(tested.parts) + 5:   # a line break in a name would let one line pass for two
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(tested.key)).verify(
            bytes.fromhex(tested.signature), text.encode()
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def is_passed(tested: StationTested) -> bool:
    """Whether no part stands in the way of service."""
    return bool(tested.parts) and all(part.result != "failed" for part in tested.parts)


def _line(part: PartTested) -> str:
    words = [f"part {part.part} {part.result}"]
    if part.code:
        words.append(part.code)
    if part.by:
        words.append(f"by {part.by}")
    return " ".join(words)
