"""The office's command key: signs what stations are told to do. A file of its own, outside the database."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from sync.protocol.errors import SyncError

_NAME: Final = "command.key"


class CommandKeyDamaged(SyncError):
    """The file of the command key is no key; none is made in its place, for stations know the one they were given."""

    code = "OFFICE-COMMAND-KEY"
    next_step = "请从备份恢复密钥文件 command.key；实在没有了，删除它再让各驿站重新登记"


def key_path() -> Path:
    """Where the key is: YIZHAN_COMMAND_KEY, or in the office's data folder."""
    return Path(os.environ.get("YIZHAN_COMMAND_KEY") or settings.YIZHAN_DATA / _NAME)


def command_key() -> Ed25519PrivateKey:
    """The key, made when it is first asked for; raises CommandKeyDamaged."""
    path = key_path()
    if not path.exists():
        _make(path)
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text("ascii").strip()))
    except ValueError as cause:
        raise CommandKeyDamaged(path.name) from cause


def public_command_key() -> str:
    """Its public half, hex, as stations learn it when they are enrolled."""
    return command_key().public_key().public_bytes_raw().hex()


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{Ed25519PrivateKey.generate().private_bytes_raw().hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):     # another process was first: its key is as good
        os.link(draft, path)
    draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
