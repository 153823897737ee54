"""What the image is made of, package by package, in the form of CycloneDX."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path
from typing import Any, Final

from .stages import Making, Stage, digest_of

_NAMES: Final = uuid.UUID("7a2d3c58-93b0-5f5c-8f2f-0f3c0a5b9e11")


def stage(making: Making) -> Stage:
    """`yizhan-VERSION.cdx.json`."""
    out = bill_of(making)
    inputs = ((making.out / "system.stamp").read_text(), making.version, digest_of(Path(__file__)))
    return Stage("sbom", inputs, (out,), lambda: _build(making, out))


def bill_of(making: Making) -> Path:
    """The file that lists every package."""
    return making.out / f"yizhan-{making.version}.cdx.json"


def _build(making: Making, out: Path) -> None:
    parts = sorted([*_debian(making.tree), *_python(making.tree)], key=lambda part: part["bom-ref"])
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMES, making.version + json.dumps(parts))}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(making.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {"type": "operating-system", "name": "yizhan", "version": making.version},
        },
        "components": parts,
    }
    out.write_text(json.dumps(bill, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _debian(tree: Path) -> Iterator[dict[str, Any]]:
    for part in (tree / "var/lib/dpkg/status").read_text(encoding="utf-8").split("\n\n"):
        fields = HeaderParser().parsestr(part)
        if fields.get("Status") == "install ok installed":
            name, version, arch = fields["Package"], fields["Version"], fields["Architecture"]
            source = (fields.get("Source") or name).split()[0]
            yield _component(name, version, f"pkg:deb/debian/{name}@{version}?arch={arch}", {"source": source})


def _python(tree: Path) -> Iterator[dict[str, Any]]:
    for path in tree.glob("opt/yizhan/lib/python*/site-packages/*.dist-info/METADATA"):
        fields = HeaderParser().parsestr(path.read_text(encoding="utf-8"))
        name, version = fields["Name"], fields["Version"]
        licence = fields.get("License-Expression") or fields.get("License") or ""
        yield _component(name, version, f"pkg:pypi/{name.lower()}@{version}", {"licence": licence.split("\n")[0][:80]})


def _component(name: str, version: str, url: str, said: dict[str, str]) -> dict[str, Any]:
    properties = [{"name": f"yizhan:{key}", "value": value} for key, value in said.items() if value]
    return {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url, "properties": properties}
