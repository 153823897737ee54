"""Running the office: uvicorn, and the projector in a process beside it."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from types import FrameType
from typing import Final

import uvicorn
from django.conf import settings

from sync.central.asgi import make_application
from sync.central.connections import BoundedConnection
from sync.central.core.projecting.projector import ring, run_projector, was_rung
from sync.central.core.publishing.snapshots import keep_snapshots

_STOP_S: Final = 10
_STOPS: Final = frozenset({signal.SIGINT, signal.SIGTERM})
_RESTART_S: Final = 5
_LOOK_S: Final = 1
_KEEP_ALIVE_S: Final = 2    # longer than a station that drains takes between two exchanges
_UNREAD_S: Final = 60
_PING_S: Final = 5          # a page that is gone without a word is found out within twice that
logger = logging.getLogger(__name__)


def settle() -> None:
    """What is loaded by now stays for good: collecting garbage looks through it no more, at each batch of events."""
    gc.collect()
    gc.freeze()


def serve(host: str, port: int, *, with_projector: bool) -> None:
    """Serve until a signal comes; the address is logged once it is bound. Raises OSError if it cannot be."""
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    # Accepted connections inherit these. Without the first, each answer on a kept-alive line waits 40 ms for an
    # acknowledgement; the second ends those who ask and never take the answer.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_S * 1_000)
    settings.YIZHAN_LISTENS = host
    logger.info("office at http://%s:%d/", host, listener.getsockname()[1])
    config = uvicorn.Config(
        make_application(),
        http=BoundedConnection,
        # Who runs it without a proxy in front must not believe what visitors say of their own address.
        proxy_headers=settings.YIZHAN_URL.startswith("https:"),
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=settings.YIZHAN_LINE_BYTES,
        ws_ping_interval=_PING_S,
        ws_ping_timeout=_PING_S,
        ws_per_message_deflate=False,   # costs each line more memory than all that is said on it
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_STOP_S,
    )
    settle()
    # uvicorn shuts down, then raises the signal again; the projector is still to be ended then.
    signal.signal(signal.SIGTERM, _exit)
    stop = threading.Event()
    projector = threading.Thread(target=_keep_projecting, args=(stop,), name="projector")
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
            projector.join()
        listener.close()


def _exit(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _keep_projecting(stop: threading.Event) -> None:
    """Have a process of its own project beside this one, so that stations need not wait for it; start it again."""
    command = [sys.executable, "-m", "sync.central", "projector", "--beside"]
    while not stop.is_set():
        try:
            child = subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0)  # noqa: S603  # our own program
            _wake_until_it_ends(child, stop)
        except OSError:
            logger.exception("the projector could not be started, trying again")
        else:
            if not stop.is_set():
                logger.error("the projector ended (%s), starting it again", child.returncode)
        stop.wait(_RESTART_S)


def _wake_until_it_ends(child: subprocess.Popen[bytes], stop: threading.Event) -> None:
    """Pass the bell on through the child's standard input; its end, however we end, ends the child."""
    if child.stdin is None:
        raise RuntimeError("no pipe")
    with child.stdin as line:
        os.set_blocking(line.fileno(), False)   # a full pipe has woken it already
        while child.poll() is None and not stop.is_set():
            if was_rung(_LOOK_S):
                with contextlib.suppress(BrokenPipeError):
                    line.write(b"\n")
    try:
        child.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def project_until_stopped(*, beside: bool) -> None:
    """Run only the projector, and keep the snapshots new, until SIGINT or SIGTERM.

    `beside` a web process: until that ends, woken by it.
    """
    settle()
    stop = threading.Event()

    def end() -> None:
        stop.set()
        ring()

    def listen() -> None:
        while os.read(sys.stdin.fileno(), 4_096):
            ring()
        end()

    def wait_for_signal() -> None:
        signal.sigwait(_STOPS)
        end()

    # Waited for on a thread: a handler would interrupt the main one, which may hold the lock that it needs.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    threading.Thread(target=wait_for_signal, name="signals", daemon=True).start()
    threading.Thread(target=keep_snapshots, args=(stop,), name="snapshots", daemon=True).start()
    if beside:
        threading.Thread(target=listen, name="bell", daemon=True).start()
    run_projector(stop)
