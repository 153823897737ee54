"""The kiosk's own process with an ear: `python -m tests.calls.kiosk SOCKET [the kiosk's arguments]`.

It is the kiosk as it is in the field. Who connects to the socket may ask where on its screen a word can be tapped,
which screen is shown, and what a script finds in the call window (by the browser's debugging port).
"""

from __future__ import annotations

import json
import socketserver
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import connect

from kiosk.__main__ import main

_PATIENCE_S = 30


def _on_kivys_thread(look: Any) -> Any:
    if _app() is None:
        return None
    from kiosk.ui.ticks import later

    done, found = threading.Event(), []

    def work() -> None:
        with suppress(Exception):       # nothing is there yet
            found.append(look())
        done.set()

    later(work)
    done.wait(_PATIENCE_S)
    return found[0] if found else None


def _app() -> Any:
    app: Any = sys.modules.get("kivy.app")      # imported by the kiosk, after it has prepared Kivy
    return app.App.get_running_app() if hasattr(app, "App") else None


def _screen() -> dict[str, Any]:
    app = _app()
    shown = app.stage.screen
    call = getattr(shown, "call", None)
    return {
        "screen": app.screen_name, "settled": app.is_settled, "words": "\n".join(app.words()),
        "browser": call.browser.pid if call else None, "profile": str(call.browser.profile) if call else "",
        "share": str(getattr(shown, "share", "")),
    }


def _where(words: str) -> list[int] | None:
    """From the upper left corner; None if nothing that can be tapped bears these words."""
    from kivy.core.window import Window

    from kiosk.ui.frame import seen
    from kiosk.ui.widgets import Tap

    window: Any = Window
    for widget in seen(_app().root):
        name = f"star {widget.number}" if hasattr(widget, "number") else getattr(widget, "text", "").replace("\n", "")
        if isinstance(widget, Tap) and widget.enabled and not widget.disabled and words in name:
            x, y = widget.to_window(*widget.center)
            return [int(window.left + x), int(window.top + window.height - y)]
    return None


def _page(port: int, script: str) -> Any:
    """What a script says in the call window; None if there is no window yet."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=5) as reply:
            pages = [page for page in json.load(reply) if page["type"] == "page"]
        with connect(pages[0]["webSocketDebuggerUrl"], proxy=None, open_timeout=5) as line:
            given = {"expression": script, "awaitPromise": True, "returnByValue": True}
            line.send(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": given}))
            while (said := json.loads(line.recv(_PATIENCE_S))).get("id") != 1:
                pass
    except (OSError, IndexError, KeyError, ValueError, TimeoutError):
        return None
    return said.get("result", {}).get("result", {}).get("value")


class _Ear(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            match json.loads(line):
                case {"ask": "screen"}:
                    answer = _on_kivys_thread(_screen)
                case {"ask": "where", "words": words}:
                    answer = _on_kivys_thread(lambda words=words: _where(words))
                case {"ask": "page", "port": port, "script": script}:
                    answer = _page(port, script)
                case _:
                    answer = None
            self.wfile.write(json.dumps(answer).encode() + b"\n")


class _Ears(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.unlink(missing_ok=True)
    with _Ears(str(path), _Ear) as ears:
        threading.Thread(target=ears.serve_forever, daemon=True).start()
        code = main(sys.argv[2:])
        ears.shutdown()
    sys.exit(code)
