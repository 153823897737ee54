"""The errand of commands: what the office tells this station to do, from the fixed table, each once.

Before something is done to the machine it is noted as begun; the event that tells how it ended takes the note away.
A note that is found after a power cut says that it was begun, and it is not begun again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal

import msgspec

from sync.protocol.commands import ROWS, id_of, is_genuine, subject_of
from sync.protocol.documents import Command
from sync.protocol.errors import SyncError
from sync.protocol.events import MAX_LINE_BYTES, CommandDone, Event, LogsSent
from sync.station.clock import Clock
from sync.station.exchange.fetching import Fetch
from sync.station.facts import CheckWanted, Service
from sync.station.host.client import Host
from sync.station.store import Store

from .errors import CommandKeyUnknown, CommandRefused, CommandUnknown, RebootFailed, SelfTestFailed
from .quiet import is_calling, local_now
from .self_test import ask_kiosk, has_answered, self_test
from .state import COMMANDED
from .updating import Updating

_REBOOT_S: Final = 600.0
_LOG_BYTES: Final = 40_000
_DETAIL_CHARS: Final = 300
_INTERRUPTING: Final = frozenset({"restart", "reboot", "roll_back", "out_of_service"})
How = Literal["done", "failed", "refused", "expired", "cut_off"]
logger = logging.getLogger(__name__)


class Begun(msgspec.Struct, frozen=True, omit_defaults=True):
    """The command that is being carried out, if one is."""

    command: str = ""
    do: str = ""
    boot: str = ""
    boot_s: float = 0.0


class Orders:
    """Carries out the office's commands, one after the other."""

    def __init__(self, host: Host, updating: Updating, clock: Clock) -> None:
        self._host = host
        self._updating = updating
        self._clock = clock
        self._seen = -1         # the documents as they were when nothing was left to do
        self._dealt: set[str] = set()

    def run(self, store: Store, fetch: Callable[[float], Fetch], seconds: float) -> None:  # noqa: ARG002  # an errand's
        """Deal with what is new."""
        begun = store.facts.find(Begun) or Begun()
        if begun.command:
            self._end(store, begun)
            return
        wanted = store.facts.find(CheckWanted)
        if wanted and wanted.command and has_answered(store, self._clock, wanted):
            self._append(store, self._test(store, wanted.command), CheckWanted(), subject=subject_of(wanted.command))
        version = store.documents.version()
        if version == self._seen:
            return
        waits = False
        for command in sorted(store.documents.all(Command), key=lambda one: (one.issued_at, one.command)):
            if self._was_dealt_with(store, command):
                continue
            if self._has_to_wait(store, command):
                waits = True
                continue
            self._deal(store, command)
            if store.facts.find(Begun) not in {None, Begun()}:
                return      # a reboot: nothing else before it
        self._seen = -1 if waits else version

    def _has_to_wait(self, store: Store, command: Command) -> bool:
        """For the end of a call; or for the self-test that is going on, which may be this one."""
        if command.do == "self_test":
            return (store.facts.find(CheckWanted) or CheckWanted()).command != ""
        return command.do in _INTERRUPTING and is_calling(store, local_now(store, self._clock))

    def _was_dealt_with(self, store: Store, command: Command) -> bool:
        id_ = id_of(command)
        if id_ not in self._dealt and store.journal.about(subject_of(id_)):
            self._dealt.add(id_)
        return id_ in self._dealt

    def _deal(self, store: Store, command: Command) -> None:
        identity, now = store.facts.identity(), store.journal.now(self._clock)
        if not identity.command_key:
            self._tell(store, command, "refused", CommandKeyUnknown())
        elif not is_genuine(command, identity.command_key, identity.station):
            self._tell(store, command, "refused", CommandRefused())
        elif command.do not in ROWS:
            self._tell(store, command, "refused", CommandUnknown(command.do[:32]))
        elif now >= command.expires_at:
            self._tell(store, command, "expired")
        else:
            try:
                self._carry_out(store, command, now)
            except SyncError as fault:
                self._tell(store, command, "failed", fault)

    def _carry_out(self, store: Store, command: Command, now: datetime) -> None:
        match command.do:
            case "out_of_service" | "in_service":
                service = Service(is_open=command.do == "in_service", since=now)
                self._tell(store, command, "done", facts=[service])
            case "roll_back":
                self._updating.go_back(store, COMMANDED, _done(command, "done"), subject=subject_of(id_of(command)))
            case "self_test":
                id_ = id_of(command)
                if not ask_kiosk(store, self._clock, self._host, id_):
                    self._append(store, self._test(store, id_), subject=subject_of(id_))
            case "send_logs":
                self._send_logs(store, command)
            case "restart" | "reboot":
                self._begin(store, command)
                if command.do == "reboot":
                    self._host.reboot()
                else:
                    self._host.restart("kiosk")
                    self._tell(store, command, "done")
            case _:
                raise CommandUnknown(command.do[:32])

    def _test(self, store: Store, id_: str) -> CommandDone:
        """How the station is, in answer to this command."""
        parts = self_test(store, self._clock, self._host)
        is_well, words = all(part.is_well for part in parts), "；".join(str(part) for part in parts)
        return CommandDone(
            command=id_[:32], do="self_test", how="done" if is_well else "failed",
            code="" if is_well else SelfTestFailed.code, detail=words[:_DETAIL_CHARS],
        )

    def _send_logs(self, store: Store, command: Command) -> None:
        text = "".join(sign for sign in self._host.logs() if sign == "\n" or sign.isprintable())
        kept = text.encode()[-_LOG_BYTES:]
        while len(msgspec.json.encode(kept.decode("utf-8", "ignore"))) > MAX_LINE_BYTES - 1024:
            kept = kept[len(kept) // 4:]
        id_ = id_of(command)
        self._append(store, LogsSent(command=id_, text=kept.decode("utf-8", "ignore")), subject=f"logs/{id_}"[:64])
        self._tell(store, command, "done")

    def _begin(self, store: Store, command: Command) -> None:
        boot, boot_s = self._clock.boot_time()
        store.facts.put(Begun(id_of(command), command.do, boot, boot_s))

    def _end(self, store: Store, begun: Begun) -> None:
        """Tell of what was begun before this program, or the machine, started anew."""
        boot, boot_s = self._clock.boot_time()
        event = CommandDone(command=begun.command, do=begun.do, how="done")
        if begun.do == "reboot" and begun.boot == boot:
            if boot_s - begun.boot_s < _REBOOT_S:
                return
            event = CommandDone(command=begun.command, do=begun.do, how="failed", code=RebootFailed.code)
        elif begun.do != "reboot":
            event = CommandDone(command=begun.command, do=begun.do, how="cut_off")
        self._append(store, event, Begun(), subject=subject_of(begun.command))

    def _tell(
        self, store: Store, command: Command, how: How, fault: SyncError | None = None, detail: str = "", *,
        facts: list[Service] | None = None,
    ) -> None:
        event = _done(command, how, fault.code if fault else "", detail or (fault.detail if fault else ""))
        self._append(store, event, Begun(), *(facts or ()), subject=subject_of(id_of(command)))

    def _append(self, store: Store, event: Event, *facts: Begun | Service | CheckWanted, subject: str) -> None:
        logger.info("orders: %s", event if isinstance(event, CommandDone) else type(event).__name__)
        store.journal.append(event, at=local_now(store, self._clock), subject=subject, facts=facts)


def _done(command: Command, how: How, code: str = "", detail: str = "") -> CommandDone:
    return CommandDone(
        command=id_of(command)[:32], do=command.do[:32], how=how, code=code, detail=detail[:_DETAIL_CHARS]
    )
