"""A real office on this machine, as a station in QEMU reaches it: TLS, believed because the site file says so."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from deploy.demo.office import STATION, Office
from deploy.demo.processes import ROOT, find_free_port

HOST: Final = "10.0.2.2"        # this machine, as QEMU's own network has it
_NIGHT: Final = """
import os, sys
from datetime import UTC, datetime
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync.central.settings")
import django
django.setup()
from msgspec.structs import replace
from sync.central.core.publishing.documents import find_published, publish, scope_of_station
from sync.protocol.documents import StationSettings
east = (1 - datetime.now(UTC).hour) % 24
zone = f"Etc/GMT-{east}" if east <= 12 else f"Etc/GMT+{24 - east}"
found = find_published(StationSettings, sys.argv[1])
publish(scope_of_station(sys.argv[1]), [replace(one, timezone=zone) for one in found])
"""
_CHUNK_BYTES: Final = 65_536


class OfficeAbroad(Office):
    """The demo's office behind a TLS front."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 5.0, with_history=False)
        self.certificate = folder / "certificate.pem"
        self._key = folder / "key.pem"
        if not self._key.exists():
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "30", "-subj", "/CN=office",
                 "-addext", f"subjectAltName=IP:{HOST}", "-keyout", self._key, "-out", self.certificate],
                check=True, capture_output=True,
            )
        kept = folder / "tls-port"
        if not kept.exists():
            kept.write_text(str(find_free_port(8443)))
        self.tls_port = int(kept.read_text())
        self.address = f"https://{HOST}:{self.tls_port}"
        self._env["YIZHAN_CENTRAL_URL"] = self.address

    def site_file(self, *, code: str = "") -> str:
        """The site file of a station of this office."""
        lines = ["[station]", f'office = "{self.address}"', f'authority = """\n{self.certificate.read_text()}"""']
        if code:
            lines.append(f'code = "{code}"')
        return "\n".join(lines) + "\n"

    def make_night(self) -> None:
        """The station's clock shows one at night: its time zone is moved, as no clock can be."""
        subprocess.run(
            [sys.executable, "-c", _NIGHT, STATION], env={**os.environ, **self._env}, cwd=ROOT, check=True,
        )

    def open_front(self) -> None:
        """Take TLS and hand on what is in it, on a thread of its own."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(self._loop,), daemon=True)
        self._thread.start()

    def close_front(self) -> None:
        """The line to the office is cut, if it is not."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self._key)
        server = loop.run_until_complete(
            asyncio.start_server(self._talk, "127.0.0.1", self.tls_port, ssl=context, reuse_address=True)
        )
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.1))
        loop.close()

    async def _talk(self, visitor: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):      # the line is cut
            said, office = await asyncio.open_connection("127.0.0.1", self.port)
            await asyncio.gather(_pump(visitor, office), _pump(said, answers), return_exceptions=True)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(_CHUNK_BYTES):
            target.write(chunk)
            await target.drain()
    finally:
        target.close()
