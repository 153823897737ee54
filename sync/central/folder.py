"""The office's data folder, the secret key kept in it, and who uses it."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from sync.protocol.errors import SyncError

_LOCK_NAME: Final = "office.lock"
_KEY_NAME: Final = "secret.key"
_MIN_KEY_CHARS: Final = 50


class OfficeRuns(SyncError):
    """The office serves on this folder, or a command that must be alone does its work there."""

    code = "OFFICE-RUNS"
    next_step = "请等它结束，或先停止它，再运行一次"


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
        raise ImproperlyConfigured(f"{folder / _KEY_NAME} 已损坏，请从备份恢复")
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


@contextmanager
def in_use(folder: Path, *, alone: bool = False) -> Generator[None]:
    """Hold the folder, beside others who serve from it or `alone`; raises OfficeRuns. Ends with the process."""
    with os.fdopen(os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
        try:
            fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            who = "总工会端正在运行" if alone else "after-restore 正在运行"
            raise OfficeRuns(f"{who}，数据文件夹 {folder}") from cause
        yield
