"""Processes to be killed: forked from one that has everything loaded, so that a round is cheap.

Commands come on standard input, `kiosk` or `agent`; `started NAME PID` and, for each event that
`append` has returned, `committed EPOCH SEQ CHECKIN` go to standard output.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from sync.protocol.events import CheckedIn
from sync.station.exchange.agent import Agent
from sync.station.identity import store_path
from sync.station.store import Store
from tests.mortal import die_with_parent


def _say(words: str) -> None:
    # One write, shorter than a pipe's buffer: killed or not, a line is whole or absent.
    os.write(1, f"{words}\n".encode())


def _be_kiosk(data: Path) -> None:
    store = Store.open(store_path(data))
    for number in itertools.count(1):
        checkin = f"{os.getpid()}-{number}"
        entry = store.journal.append(CheckedIn(checkin=checkin, trade="courier"), at=datetime.now(UTC))
        _say(f"committed {store.facts.identity().epoch} {entry.seq} {checkin}")


def _be_agent(data: Path) -> None:
    agent = Agent(data)
    while True:
        agent.turn()


def main() -> None:
    """Fork what is asked for until standard input ends."""
    data = Path(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for command in sys.stdin:
        pid = os.fork()
        if not pid:
            die_with_parent()
            {"kiosk": _be_kiosk, "agent": _be_agent}[command.strip()](data)
        _say(f"started {command.strip()} {pid}")


if __name__ == "__main__":
    main()
