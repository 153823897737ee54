"""Running the office: uvicorn and the projector, in one process or two."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from types import FrameType
from typing import Final

import uvicorn
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from sync.central.asgi import make_application
from sync.central.core.projector import ring, run_projector

_STOP_S: Final = 10
logger = logging.getLogger(__name__)


def unapplied_migrations() -> bool:
    """Whether the database is older than the program, or empty."""
    executor = MigrationExecutor(connection)
    is_behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    connection.close()
    return is_behind


def serve(host: str, port: int, *, with_projector: bool) -> None:
    """Serve until a signal comes; the address is logged once it is bound. Raises OSError if it cannot be."""
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    # Accepted connections inherit it; without, each answer on a kept-alive line waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    logger.info("office at http://%s:%d/", host, listener.getsockname()[1])
    config = uvicorn.Config(
        make_application(),
        http="h11",     # bounds a request's headers; the faster parser takes gigabytes
        # Who runs it without a proxy in front must not believe what visitors say of their own address.
        proxy_headers=settings.YIZHAN_URL.startswith("https:"),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_S,
    )
    # uvicorn shuts down, then raises the signal again; the projector is still to be ended then.
    signal.signal(signal.SIGTERM, _exit)
    stop = threading.Event()
    projector = threading.Thread(target=run_projector, args=(stop,), name="projector")
    if with_projector:
        projector.start()
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # Ctrl-C is no fault
    finally:
        stop.set()
        ring()
        if with_projector:
            projector.join(_STOP_S)
        listener.close()


def _exit(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def project_until_stopped() -> None:
    """Run only the projector, until SIGINT or SIGTERM."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        ring()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    run_projector(stop)
