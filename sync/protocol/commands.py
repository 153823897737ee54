"""What the office may tell a station to do: a fixed table, each command signed, for one station and a time. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.protocol.documents.releases import Command

# The table: what is not here is refused.
ROWS: Final = ("restart", "reboot", "self_test", "send_logs", "out_of_service", "in_service", "roll_back")
_PURPOSE: Final = "yizhan command v1"


def make_command(
    key: Ed25519PrivateKey, station: str, command: str, do: str, *, issued_at: datetime, expires_at: datetime
) -> Command:
    """A signed command; `command` is its id, short and random."""
    unsigned = Command(
        command=f"{station}/{command}", do=do, issued_at=issued_at, expires_at=expires_at, signature=""
    )
    signature = key.sign(_signed_words(unsigned)).hex()
    return Command(
        command=unsigned.command, do=do, issued_at=issued_at, expires_at=expires_at, signature=signature
    )


def is_genuine(command: Command, public_key: str, station: str) -> bool:
    """Whether the office's command key signed this, for this station."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(command.signature), _signed_words(command))
    except (ValueError, InvalidSignature):
        return False
    return command.command.startswith(f"{station}/")


def id_of(command: Command) -> str:
    """A command's id, without its station."""
    return command.command.rpartition("/")[2]


def subject_of(id_: str) -> str:
    """What a station's journal files its answer to this command under."""
    return f"command/{id_}"[:64]


def _signed_words(command: Command) -> bytes:
    moments = (f"{moment.timestamp():.3f}" for moment in (command.issued_at, command.expires_at))
    return "\n".join((_PURPOSE, command.command, command.do, *moments)).encode()
