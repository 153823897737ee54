"""What makes this installation itself: its folder, its keys and its install id."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.command_line import why

from .alone import alone
from .database import sync_folder
from .errors import AgentRunning, KeyMissing, StoreUnwritable
from .shared import file_mode, folder_mode, is_shared

INSTALL_VARIABLE: Final = "YIZHAN_INSTALL"
_MACHINE_ID: Final = Path("/etc/machine-id")
_NETWORK: Final = Path("/sys/class/net")
_SEED_BYTES: Final = 32


def store_path(data: Path) -> Path:
    """Where the store lies in a station's folder."""
    return data / "station.db"


def make_epoch() -> str:
    """A new random name for a journal."""
    return secrets.token_hex(8)


def find_install() -> str:
    """Id of this installation on this hardware; YIZHAN_INSTALL sets another, for several on one machine."""
    given = os.environ.get(INSTALL_VARIABLE, "").strip()
    text = f"given {given}" if given else f"{_read(_MACHINE_ID)} {find_hardware()}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def find_hardware(network: Path = _NETWORK) -> str:
    """Address of the first built-in network card, empty if there is none."""
    cards = sorted(
        # A card on USB may be gone tomorrow, and then the station would look like a copy of itself.
        ("usb" in str((card / "device").resolve()), card.name, _read(card / "address"))
        for card in (network.iterdir() if network.is_dir() else ())
        if (card / "device").exists()
    )
    return next((address for _, _, address in cards if _is_burnt_in(address)), "")


def _is_burnt_in(address: str) -> bool:
    try:
        first = int(address[:2], 16)
    except ValueError:
        return False
    return address.strip("0:") != "" and not first & 0x02


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""


class Keys:
    """The folder's private keys, each in a file of its own, named after its public half.

    A new enrolment writes a new file; which one counts is said by the store's Identity, so that
    store and key change together.
    """

    def __init__(self, data: Path) -> None:
        self._folder = data / "keys"

    def load(self, name: str) -> Ed25519PrivateKey:
        """The key of this name; raises KeyMissing."""
        path = self._folder / f"{name}.key"
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                seed = file.read(_SEED_BYTES + 1)
        except OSError as cause:
            raise KeyMissing(f"{path.name}：{why(cause)}") from cause
        if mode & (0o007 if is_shared(self._folder) else 0o077):
            raise KeyMissing(f"{path.name}：别人也读得到，请 chmod 600")
        key = Ed25519PrivateKey.from_private_bytes(seed) if len(seed) == _SEED_BYTES else None
        if key is None or name_of(key) != name:
            raise KeyMissing(f"{path.name}：已损坏")
        return key

    def find_unused(self, used: str) -> Ed25519PrivateKey | None:
        """A key left over from an enrolment whose end we did not see; the office may know it by now."""
        for path in sorted(self._folder.glob("*.key")):
            if path.stem != used:
                try:
                    return self.load(path.stem)
                except KeyMissing:
                    continue
        return None

    def make(self) -> Ed25519PrivateKey:
        """A new key, on the disk before this returns; raises StoreUnwritable."""
        key = Ed25519PrivateKey.generate()
        path = self._folder / f"{name_of(key)}.key"
        draft = path.with_suffix(".new")
        try:
            self._folder.mkdir(mode=folder_mode(self._folder.parent), parents=True, exist_ok=True)
            handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, file_mode(self._folder))
            with os.fdopen(handle, "wb") as file:
                file.write(key.private_bytes_raw())
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
            sync_folder(self._folder)
            sync_folder(self._folder.parent)
        except OSError as cause:
            raise StoreUnwritable(f"{draft.name}：{why(cause)}") from cause
        return key

    def forget_others(self, used: str) -> None:
        """Delete every key but the one that counts now."""
        for path in self._folder.iterdir():
            if path.name != f"{used}.key":
                # The enrolment is done by now; a file that stays is only untidy.
                with suppress(OSError):
                    path.unlink()


def name_of(key: Ed25519PrivateKey) -> str:
    """The name of a key: the beginning of its public half."""
    return key.public_key().public_bytes_raw().hex()[:16]


def sole_agent(data: Path) -> AbstractContextManager[None]:
    """Hold this folder as its only agent; raises AgentRunning, StoreUnwritable."""
    # Two agents would each take the other's acknowledged events for a fork.
    return alone(data, "agent.lock", AgentRunning)
