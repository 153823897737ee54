"""In which order tests are handed out: by chance, but files with long tests first, so that both cores end together."""

from __future__ import annotations

import re
from typing import Final

import pytest
from xdist.dsession import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Each orientation has a kiosk of its own, and all of them on one core would be the last to end.
_IN_PARTS: Final = re.compile(r"(tests/flows/test_(?:\w+_)?pictures\.py::).*\[(\w+)-")


class ByFile(LoadFileScheduling):
    """Files are handed out whole, pictures by orientation; a test that ended its process is not handed out again."""

    def _split_scope(self, nodeid: str) -> str:
        """What is handed out together with this test."""
        found = _IN_PARTS.match(nodeid)
        return f"{found[1]}{found[2]}" if found else super()._split_scope(nodeid)

    def remove_node(self, node: WorkerController) -> str | None:
        """What this process was at when it ended."""
        units = self.assigned_work[node].values()
        crashed = next((name for unit in units for name, is_done in unit.items() if not is_done), None)
        for unit in units:
            if crashed in unit:
                unit[crashed] = True
        super().remove_node(node)
        return crashed


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Asked for by pytest-xdist."""
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After pytest-randomly has shuffled them."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
