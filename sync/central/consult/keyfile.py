"""The file of the records' keys, outside the database: one a line, the newest first; only its owner reads it.

    record 2026-11-29T06:26:03+00:00 KEY    encrypts; those below the first only decrypt, until rotation removes them
    chain 2026-11-29T06:26:03+00:00 KEY     signs the audit trail and the patients' links, for ever
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.fernet import Fernet
from django.conf import settings

from sync.protocol.errors import SyncError

_NAME: Final = "consult.keys"


class KeysMissing(SyncError):
    """There are records, and no keys to read them with; none is ever made in their place."""

    code = "OFFICE-KEYS"
    next_step = "请从备份恢复密钥文件 consult.keys，再试一次"


class RecordKey(NamedTuple):
    """A key of records, and since when it is there."""

    made_at: datetime
    key: bytes


class Keys(NamedTuple):
    """All keys; the first of `records` encrypts."""

    records: tuple[RecordKey, ...]
    chain: bytes


_read: dict[Path, tuple[tuple[int, ...], Keys]] = {}


def key_path() -> Path:
    """Where the keys are: YIZHAN_CONSULT_KEYS, or in the office's data folder."""
    return Path(os.environ.get("YIZHAN_CONSULT_KEYS") or settings.YIZHAN_DATA / _NAME)


def find_keys() -> Keys | None:
    """The keys as the file has them now, None if there is none; raises KeysMissing for a damaged one."""
    path = key_path()
    try:
        with path.open("rb") as file:
            seen = os.fstat(file.fileno())
            mark = seen.st_ino, seen.st_mtime_ns, seen.st_size
            if path in _read and _read[path][0] == mark:
                return _read[path][1]
            keys = _parse(file.read().decode("ascii", "replace"))
    except FileNotFoundError:
        return None
    _read[path] = mark, keys
    return keys


def make_keys() -> Keys:
    """Begin with fresh keys; those of another process that was first are as good."""
    now = datetime.now(UTC)
    draft = _draft(Keys((fresh(now),), Fernet.generate_key()), now)
    with suppress(FileExistsError):
        os.link(draft, key_path())
    draft.unlink()
    found = find_keys()
    if found is None:
        raise KeysMissing(f"{key_path()} vanished")
    return found


def replace_keys(keys: Keys) -> None:
    """Write the file anew, whole or not at all."""
    _draft(keys, datetime.now(UTC)).replace(key_path())
    folder = os.open(key_path().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def only_one() -> Generator[None]:
    """Nobody else changes keys meanwhile."""
    with key_path().with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fresh(now: datetime) -> RecordKey:
    """A new key of records."""
    return RecordKey(now, Fernet.generate_key())


def _draft(keys: Keys, now: datetime) -> Path:
    path = key_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    lines = [f"record {made_at.isoformat()} {key.decode()}" for made_at, key in keys.records]
    lines.append(f"chain {now.isoformat()} {keys.chain.decode()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return draft


def _parse(text: str) -> Keys:
    records: list[RecordKey] = []
    chain = b""
    try:
        for line in filter(None, text.splitlines()):
            kind, made_at, key = line.split()
            Fernet(key)     # raises ValueError for what is none
            if kind == "record":
                records.append(RecordKey(datetime.fromisoformat(made_at), key.encode()))
            elif kind == "chain":
                chain = key.encode()
    except ValueError as cause:
        raise KeysMissing(f"{key_path()} is damaged") from cause
    if not records or not chain:
        raise KeysMissing(f"{key_path()} is damaged")
    return Keys(tuple(records), chain)
