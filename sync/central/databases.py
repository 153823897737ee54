"""The office's database as a command finds it: whether it is up to date, and words for what is wrong with it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from django.db import Error, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

BEHIND: Final = "数据库还没有建立或升级，请先运行 yizhan-central migrate"
_DAMAGED: Final = (
    "数据库文件已损坏，请从备份恢复：先停止总工会端，把 office.db* 移到别处，放回备份，"
    "再运行 yizhan-central after-restore"
)
_DAMAGES: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_behind() -> bool:
    """Whether the database is older than the program, or empty."""
    try:
        return _is_behind()
    except (OperationalError, InterfaceError):
        # A connection that is cut while it looks says nothing of the database; one that cannot be made, says it again.
        connection.close()
        return _is_behind()


def _is_behind() -> bool:
    # Asking SQLite would make the file.
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return True
    executor = MigrationExecutor(connection)
    has_more = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    connection.close()
    return has_more


def words_of(fault: Error) -> str:
    """What staff are told of a fault of the database, with the next step."""
    # The lower byte: SQLite's extended codes say more in the higher ones.
    if getattr(fault.__cause__, "sqlite_errorcode", 0) & 0xFF in _DAMAGES:
        return _DAMAGED
    if isinstance(fault, (OperationalError, InterfaceError)):
        why = (str(fault).strip() or type(fault).__name__).splitlines()[0]
        return f"数据库不可用，请检查后再运行一次：{why}"
    # Its class only: a database quotes the values it stumbled over.
    return f"数据库出错（{type(fault).__name__}），请再运行一次；还是这样请联系维护人员"
