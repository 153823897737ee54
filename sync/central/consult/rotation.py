"""A new key for the records: first in the file, then everything is encrypted anew, then the old ones go.

Killed anywhere, it is run again and goes on: more than one key in the file is a rotation that is not finished.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db import models, transaction

from . import keyfile, vault
from .keyfile import Keys
from .models import Consultation, NoteVersion

# Longer than any page's transaction: what was sealed with an old key just before the new one came is stored by then.
SETTLED: Final = timedelta(minutes=2)
_BATCH: Final = 200
_SEALED: Final[tuple[tuple[type[models.Model], str], ...]] = ((Consultation, "complaint"), (NoteVersion, "notes"))


class Step(Enum):
    """How far a rotation is."""

    ENCRYPTED = auto()      # everything is under the new key, the old ones are still in the file
    FINISHED = auto()       # they are gone


def rotate(now: datetime, say: Callable[[str], None]) -> Step:
    """Begin a rotation, or go on with the one that was begun; raises KeysMissing or Unreadable."""
    vault.keys()
    with keyfile.only_one():
        found = vault.keys()
        if len(found.records) == 1:
            found = Keys((keyfile.fresh(now), *found.records), found.chain)
            keyfile.replace_keys(found)
            say("新密钥已启用")
        say(f"重新加密了 {_encrypt_all(found)} 条")
        if now - found.records[0].made_at < SETTLED:
            return Step.ENCRYPTED
        keyfile.replace_keys(Keys(found.records[:1], found.chain))
        return Step.FINISHED


def _encrypt_all(found: Keys) -> int:
    """Bring everything under the newest key; how many were not."""
    newest = Fernet(found.records[0].key)
    every = MultiFernet([Fernet(one.key) for one in found.records])
    return sum(_encrypt_table(kind, field, newest, every) for kind, field in _SEALED)


def _encrypt_table(kind: type[models.Model], field: str, newest: Fernet, every: MultiFernet) -> int:
    done, last = 0, None
    while True:
        with transaction.atomic():
            rows = kind.objects.select_for_update().exclude(**{field: b""}).order_by("pk")  # pyright: ignore[reportAttributeAccessIssue]  # every model has them
            batch: list[Any] = list((rows if last is None else rows.filter(pk__gt=last))[:_BATCH])
            for row in batch:
                sealed = bytes(getattr(row, field))
                if not _opens(newest, sealed):
                    setattr(row, field, _again(every, sealed, row))
                    row.save(update_fields=[field])
                    done += 1
        if not batch:
            return done
        last = batch[-1].pk


def _opens(key: Fernet, sealed: bytes) -> bool:
    try:
        key.decrypt(sealed)
    except InvalidToken:
        return False
    return True


def _again(every: MultiFernet, sealed: bytes, row: models.Model) -> bytes:
    try:
        return every.rotate(sealed)
    except InvalidToken as cause:
        raise vault.Unreadable(f"{row._meta.label} {row.pk}") from cause
