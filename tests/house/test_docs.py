"""The documents say everything there is, and nothing that is not."""

from __future__ import annotations

import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

import devices
import kiosk
import sync.central.core
import sync.protocol
import sync.station
from devices.errors import DeviceError
from kiosk.config import Config
from kiosk.errors import KioskError
from sync.central.core import refusals
from sync.protocol import documents, events, wire
from sync.protocol.enrolment import parse_code
from sync.protocol.errors import SyncError

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PROTOCOL = (DOCS / "protocol.md").read_text(encoding="utf-8")
HANDBOOKS = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("technician.md", "operator.md"))
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = [*READMES, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
MESSAGES: dict[str, type[msgspec.Struct]] = {
    "hello": wire.Hello,
    "receipt": wire.Receipt,
    "published": wire.Published,
    "refusal": wire.Refusal,
    "enrol-request": wire.EnrolRequest,
    "enrol-reply": wire.EnrolReply,
    "copy": documents.Copy,
}


def import_all(*packages: ModuleType) -> None:
    """Import every module of these, so that their errors are known."""
    for package in packages:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__") and ".migrations" not in found.name:
                importlib.import_module(found.name)


def import_errors(package: ModuleType) -> None:
    """Import what rooms call their errors, without their screens."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if found.name.endswith(".errors"):
            importlib.import_module(found.name)


def descendants(kind: type) -> Iterator[type]:
    yield kind
    for child in kind.__subclasses__():
        yield from descendants(child)


def anchors(page: Path) -> list[str]:
    """What links to the page's headings are called: lower case, no punctuation, hyphens for spaces."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


def make_targets() -> list[str]:
    return re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_every_event_kind_and_its_fields_are_in_the_protocol() -> None:
    for kind in events.AnyEvent.__args__:
        row = re.search(rf"^\| `{re.escape(str(kind.__struct_config__.tag))}` \|.*$", PROTOCOL, re.MULTILINE)
        assert row, kind
        for field in kind.__struct_fields__:
            assert f"`{field}`" in row[0], f"{kind.__name__}.{field}"


def test_every_document_type_and_its_fields_are_in_the_protocol() -> None:
    for name, kind in documents.TYPES.items():
        row = re.search(rf"^\| `{name}` \|.*$", PROTOCOL, re.MULTILINE)
        assert row, name
        for field in kind.__struct_fields__:
            assert f"`{field}`" in row[0], f"{name}.{field}"


def test_every_refusal_and_its_status_are_in_the_protocol() -> None:
    for code, (status, _words) in refusals.REFUSALS.items():
        assert f"| {status} | `{code}` |" in PROTOCOL


def test_the_limits_in_the_protocol_are_the_programs() -> None:
    for limit in (
        f"{wire.MAX_EVENTS:,}",
        f"{wire.MAX_BODY_BYTES // 2**20} MiB",
        f"{wire.MAX_INFLATED_BYTES // 2**20} MiB",
        f"{events.MAX_LINE_BYTES // 2**10} KiB",
        f"{wire.CLOCK_SKEW_S} s",
    ):
        assert f"| {limit}" in PROTOCOL


def test_every_example_in_the_protocol_is_what_travels() -> None:
    examples = re.findall(r"```json (\S+)\n(.*?)```", PROTOCOL, re.DOTALL)
    assert {name for name, _ in examples} == {*MESSAGES, "entry"}
    for name, text in examples:
        for line in text.encode().splitlines():
            if name == "entry":
                entry = events.decode_entry(line)
                assert events.encode_entry(entry.seq, entry.at, entry.event) == line
            elif name == "published":
                found = wire.decode_published(line)
                assert found.body is None or documents.decode_document(documents.TYPES[found.type], bytes(found.body))
            else:
                kind = MESSAGES[name]
                assert set(msgspec.json.decode(line)) <= set(kind.__struct_fields__)
                assert wire.encode(wire.decode(kind, line)) == line


def test_every_error_has_a_code_of_its_own_and_stands_in_a_handbook() -> None:
    import_all(devices, sync.protocol, sync.station, sync.central.core)
    import_errors(kiosk)
    owners: dict[str, type] = {}
    for family in (DeviceError, KioskError, SyncError):
        for kind in descendants(family):
            code, next_step = str(getattr(kind, "code", "")), getattr(kind, "next_step", "")
            assert owners.setdefault(code, kind) is kind, f"{kind.__name__} and {owners[code].__name__} share {code}"
            assert next_step, kind
            assert f"| `{code}` |" in HANDBOOKS, f"{kind.__name__}: {code}"


def test_every_one_time_code_in_a_document_is_a_valid_one() -> None:
    sample = re.compile(r"(?:enrol [^\n]*?|\"code\":\"|`)([2-9A-Z]{5} ?[2-9A-Z]{5})\b")
    for page in PAGES:
        for code in sample.findall(page.read_text(encoding="utf-8")):
            if not code.isalpha() and code != "SHA256SUMS":
                assert parse_code(code), page


def test_every_setting_of_the_kiosk_stands_in_the_handbook() -> None:
    for field in fields(Config):
        assert f"| `{field.name}` |" in HANDBOOKS


def test_every_variable_of_ours_stands_in_the_documents() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for folder in ("devices", "kiosk", "sync"):
        for source in (ROOT / folder).rglob("*.py"):
            for name in re.findall(r"\"(YIZHAN_[A-Z_]+)\"", source.read_text(encoding="utf-8")):
                assert f"`{name}`" in pages, f"{source}: {name}"


def test_every_make_target_is_explained() -> None:
    contributing = (DOCS / "contributing.md").read_text(encoding="utf-8")
    for target in make_targets():
        assert f"| `make {target}` |" in contributing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_link_in_a_document_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    commands = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    for target in re.findall(r"`make ([a-z-]+)", text) + re.findall(r"^make ([a-z-]+)", text, re.MULTILINE):
        assert target in make_targets()
    for command in re.findall(r"\b(yizhan-(?:agent|central|kiosk|scanner))\b", text):
        assert command in commands
    for link, part in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", text):
        assert "://" in link or (page.parent / link).exists(), link
        assert not part or "://" in link or part in anchors(page.parent / link if link else page), f"{link}#{part}"
