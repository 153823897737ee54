"""Installing takes minutes: it runs beside the agent's loop, which is to be seen alive."""

from __future__ import annotations

import threading

from sync.station.host.client import Host
from sync.station.host.errors import HostError


class Installation:
    """One bundle on its way into the other slot."""

    def __init__(self, host: Host, bundle: str) -> None:
        self.bundle = bundle
        self.fault: HostError | None = None
        self._host = host
        self._thread = threading.Thread(target=self._install, daemon=True, name="install")
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it ended, well or with a `fault`."""
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Give it a little time."""
        self._thread.join(seconds)

    def _install(self) -> None:
        try:
            self._host.install(self.bundle)
        except HostError as fault:
            self.fault = fault
        except Exception as fault:  # noqa: BLE001  # a thread's fault would be lost
            self.fault = HostError(type(fault).__name__)
