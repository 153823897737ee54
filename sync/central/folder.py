"""The office's data folder and the secret key kept in it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from django.core.exceptions import ImproperlyConfigured

_KEY_NAME: Final = "secret.key"
_MIN_KEY_CHARS: Final = 50


def data_folder() -> Path:
    """Where everything the office keeps lies; YIZHAN_CENTRAL_DATA, or `data/central` here."""
    return Path(os.environ.get("YIZHAN_CENTRAL_DATA") or "data/central").resolve()


def find_secret_key(folder: Path) -> str | None:
    """The key made at first start, None before that; raises ImproperlyConfigured for a damaged one."""
    try:
        key = (folder / _KEY_NAME).read_text("ascii").strip()
    except FileNotFoundError:
        return None
    if len(key) < _MIN_KEY_CHARS:
        raise ImproperlyConfigured(f"{folder / _KEY_NAME} is damaged; restore it from a backup")
    return key


def prepare_folder(folder: Path) -> None:
    """Make the folder (0700) and the secret key (0600) unless they are there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if find_secret_key(folder) is not None:
        return
    # Written whole under another name first: a power cut must not leave half a key.
    draft = folder / f"{_KEY_NAME}.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, folder / _KEY_NAME)
    except FileExistsError:
        pass  # another process was first; its key is as good
    finally:
        draft.unlink()
