"""What is said in a consultation, encrypted at rest: Fernet, with keys that are not in the database (keyfile.py).

A sealed text names its call inside, so that it opens in no other record.
"""

from __future__ import annotations

import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sync.protocol.errors import SyncError

from . import keyfile
from .keyfile import Keys, KeysMissing
from .models import Consultation, Look, NoteVersion


class Unreadable(SyncError):
    """A sealed text does not open: its key is gone, or it was changed or moved."""

    code = "OFFICE-SEALED"
    next_step = "请核对密钥文件 consult.keys 与数据库是不是同一份备份"


def seal(call: str, plain: bytes) -> bytes:
    """Encrypt what belongs to this call, with the newest key."""
    return _fernet(keys()).encrypt(call.encode() + b"\n" + plain)


def unseal(call: str, sealed: bytes) -> bytes:
    """What `seal` was given; raises Unreadable."""
    try:
        plain = _fernet(keys()).decrypt(bytes(sealed))
    except InvalidToken as cause:
        raise Unreadable(call) from cause
    owner, _, words = plain.partition(b"\n")
    if owner != call.encode():
        raise Unreadable(call)
    return words


def sign(purpose: str, words: bytes) -> bytes:
    """32 bytes that only who has the chain's key can make; each purpose has its own."""
    return hmac.digest(keys().chain, purpose.encode() + b"\n" + words, "sha256")


def keys() -> Keys:
    """The keys, made at first use; raises KeysMissing if there are records that were sealed with others."""
    found = keyfile.find_keys()
    if found is not None:
        return found
    if has_records():
        found = keyfile.find_keys()     # another process may just have made them, and its first record
        if found is not None:
            return found
        raise KeysMissing(f"no {keyfile.key_path()}")
    return keyfile.make_keys()


def has_records() -> bool:
    """Whether anything was ever sealed or signed."""
    sealed = Consultation.objects.exclude(complaint=b"")
    return sealed.exists() or NoteVersion.objects.exists() or Look.objects.exists()


def _fernet(found: Keys) -> MultiFernet:
    return MultiFernet([Fernet(one.key) for one in found.records])
