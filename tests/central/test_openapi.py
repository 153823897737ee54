"""The description of the stations' doors: valid, whole, and served to anybody."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
import schemathesis

from sync.central.core.doors.messages import Response
from sync.central.core.doors.openapi import describe
from sync.central.core.refusals import REFUSALS
from sync.protocol import wire
from sync.protocol.documents import TYPES
from sync.protocol.events import known_kinds

from .conftest import ask

URL = "/api/v1/openapi.json"


def bytes_of(response: Response) -> bytes:
    assert isinstance(response.body, bytes)
    return response.body


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return msgspec.json.decode(bytes_of(ask("GET", URL)))


def schemas_of(description: dict[str, Any]) -> dict[str, Any]:
    return description["components"]["schemas"]


def test_it_is_valid_and_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(description)
    schema.validate()
    assert {operation.ok().label for operation in schema.get_all_operations()} == {
        "POST /api/v1/enrol", "POST /api/v1/sync", "GET /api/v1/snapshots/{name}", "GET /api/v1/blobs/{sha256}",
        "POST /api/v1/consultations", "GET /api/v1/consultations/ice", "GET /api/v1/consultations/{call}",
        "POST /api/v1/consultations/{call}",
    }
    text = msgspec.json.encode(description).decode()
    for reference in re.findall(r'"#/components/schemas/(\w+)', text):
        assert reference in schemas_of(description)
    assert r"\\A" not in text
    assert r"\\Z" not in text


def test_every_refusal_stands_at_a_door_with_its_status(description: dict[str, Any]) -> None:
    told: set[tuple[int, str]] = set()
    for door in description["paths"].values():
        for operation in door.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    content = response["content"]["application/json"]["schema"]
                    assert content["allOf"] == [{"$ref": "#/components/schemas/Refusal"}]
                    told |= {(int(status), code) for code in content["properties"]["code"]["enum"]}
    assert told == {(status, code) for code, (status, _) in REFUSALS.items()}


def test_every_event_kind_and_document_type_is_described(description: dict[str, Any]) -> None:
    schemas = schemas_of(description)
    assert set(schemas["Entry"]["properties"]["event"]["discriminator"]["mapping"]) == known_kinds()
    assert set(schemas["Published"]["discriminator"]["mapping"]) == set(TYPES)
    for name, kind in TYPES.items():
        published = schemas[f"Published{kind.__name__}"]["properties"]
        assert published["type"] == {"enum": [name]}
        assert set(published) == set(wire.Published.__struct_fields__)
        assert set(schemas[kind.__name__]["properties"]) == set(kind.__struct_fields__)


def test_a_message_that_is_described_is_one_that_can_be_read(description: dict[str, Any]) -> None:
    schemas = schemas_of(description)
    for kind in (wire.Hello, wire.Receipt, wire.Refusal, wire.EnrolRequest, wire.EnrolReply, wire.Restart):
        assert set(schemas[kind.__name__]["properties"]) == set(kind.__struct_fields__)


def test_it_is_the_same_for_everybody_and_may_be_cached() -> None:
    reply = ask("GET", URL)
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert reply.headers["Cache-Control"] == "public, max-age=3600"
    assert msgspec.json.decode(bytes_of(reply)) == msgspec.json.decode(msgspec.json.encode(describe()))
    assert ask("GET", URL, headers={"If-None-Match": reply.headers["ETag"]}).status == 304
    assert ask("HEAD", URL).status == 200


def test_nobody_can_write_there() -> None:
    reply = ask("POST", URL)
    assert (reply.status, msgspec.json.decode(bytes_of(reply), type=wire.Refusal).code) == (405, "method")
