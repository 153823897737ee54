"""Renders the policy of the call window's browser: `python -m deploy.browser.policy [--port N] [--provider URL …]`.

Write what it prints to `/etc/chromium/policies/managed/yizhan.json`, readable by all and writable by root alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_TEMPLATE = Path(__file__).with_name("policy.json")
_ORIGINS = ("VideoCaptureAllowedUrls", "AudioCaptureAllowedUrls", "URLAllowlist")


def render(port: int, providers: Sequence[str] = ()) -> dict[str, Any]:
    """The policy for a station whose call page is on this port, and for the pages of other providers."""
    policy: dict[str, Any] = json.loads(_TEMPLATE.read_text(encoding="utf-8"))
    for name in _ORIGINS:
        policy[name] = [f"http://127.0.0.1:{port}", *providers]
    return policy


def main(arguments: Sequence[str] | None = None) -> int:
    """Print it."""
    parser = argparse.ArgumentParser(prog="python -m deploy.browser.policy", description="Policy of the call window")
    parser.add_argument("--port", type=int, default=8765, help="`call_port` of the kiosk")
    parser.add_argument("--provider", action="append", default=[], metavar="ORIGIN", help="https://doctors.example")
    given = parser.parse_args(arguments)
    print(json.dumps(render(given.port, given.provider), indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
