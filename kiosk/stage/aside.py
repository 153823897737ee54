"""Work that takes long and that nobody may have to wait for: a thread of its own, the answer on Kivy's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial

from kiosk.ui.ticks import later

from .checks import Check, Outcome


def run_aside(check: Check, done: Callable[[Mapping[str, Outcome]], object]) -> None:
    """Try it, and tell how it came out; the worker thread is free for whoever comes meanwhile."""

    def work() -> None:
        outcomes = check.run()
        later(partial(done, outcomes))

    threading.Thread(target=work, name=f"check-{check.name}", daemon=True).start()
