"""The consultation's commands beside each other, on offices in processes of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .live import LiveOffice

WRITERS = 4


@pytest.mark.slow
def test_writers_of_the_trail_wait_for_each_other_and_share_one_file_of_keys(
    tmp_path: Path, make_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YIZHAN_CONSULT_KEYS")
    office = LiveOffice(tmp_path / "office", database_url=make_database())
    office.add_user("zhao")
    running = [office.spawn("consult", "role", "zhao", role) for role in ("auditor", "supervisor") * (WRITERS // 2)]
    assert [one.wait() for one in running] == [0] * WRITERS
    said = office.run("consult", "check-audit")
    assert said.startswith(f"{WRITERS} 条，全部完好。")
    assert [path.name for path in (tmp_path / "office").glob("consult*")] == ["consult.keys"]
    (tmp_path / "office" / "consult.keys").unlink()
    with pytest.raises(RuntimeError, match="OFFICE-KEYS"):
        office.run("consult", "role", "zhao", "supervisor")
    assert not (tmp_path / "office" / "consult.keys").exists()
