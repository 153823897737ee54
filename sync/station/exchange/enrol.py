"""Becoming a station: a one-time code for a name, and a key that never leaves this machine."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from sync.command_line import why
from sync.protocol.enrolment import parse_code
from sync.protocol.wire import EnrolRequest
from sync.station.errors import AlreadyEnrolled, StoreUnwritable
from sync.station.facts import Identity
from sync.station.identity import Keys, find_hardware, find_install, make_epoch, name_of, store_path
from sync.station.store import Store

from .address import check_address
from .client import OfficeClient

logger = logging.getLogger(__name__)


def enrol(
    data: Path, office: str, code: str, *, again: bool = False, connect: Callable[[str], OfficeClient] = OfficeClient
) -> Identity:
    """Enrol this folder with the office; everything that can fail here fails before the code is spent.

    Raises EnrolmentCodeError, CodeRefused, AlreadyEnrolled, AddressRefused and what client and store raise.
    """
    office, code = check_address(office), parse_code(code)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as cause:
        raise StoreUnwritable(f"{data}：{why(cause)}") from cause
    store = Store.open(store_path(data), create=True)
    client = connect(office)
    try:
        old = store.facts.find(Identity)
        if old is not None and not again:
            raise AlreadyEnrolled(old.station)
        keys = Keys(data)
        # If an earlier reply was lost, the office knows a key we still have, and the same code works again with it.
        key = keys.find_unused(old.key if old is not None else "") or keys.make()
        request = EnrolRequest(
            code=code,
            public_key=key.public_key().public_bytes_raw().hex(),
            install=find_install(),
            epoch=make_epoch(),
            hardware=find_hardware(),
            previous=old.epoch if old is not None else "",
        )
        reply = client.enrol(request)
        identity = Identity(
            station=reply.station, name=reply.name, office=office, install=request.install, epoch=request.epoch,
            key=name_of(key), command_key=reply.command_key,
        )
        store.enrol(identity, reply.previous_head, reply.previous_digest)
        keys.forget_others(identity.key)
    finally:
        client.close()
        store.close()
    logger.info("enrolled as %s", identity.station)
    return identity
