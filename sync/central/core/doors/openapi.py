"""The stations' doors as OpenAPI 3.1, made from the message types, the limits and the refusals.

A body of lines is described as the array of its lines, which is how OpenAPI 3.2 reads such a media type.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Mapping
from typing import Any, Final, Union

import msgspec

from sync.central.core.refusals import REFUSALS
from sync.protocol import events, wire
from sync.protocol.documents import TYPES, Document
from sync.protocol.signatures import COMPONENTS, TAG

from .messages import Request, Response
from .opened import Told, told

_TEMPLATE: Final = "#/components/schemas/{name}"
_SIGNATURE: Final = {
    "signature": "Signature",
    "signatureInput": "Signature-Input",
    "contentDigest": "Content-Digest",
}
# Codes that not every door gives; all others may come from any.
_ENROL_CODES: Final = frozenset({"enrol-request", "enrol-code", "enrol-rate"})
_SIGNED_CODES: Final = frozenset({"unsigned", "bad-signature", "clock", "revoked"})
_SYNC_CODES: Final = frozenset({"version", "replayed", "cloned"})
_FILE_CODES: Final = frozenset({"range"})
Json = dict[str, Any]


@functools.cache
def _encoded() -> bytes:
    return msgspec.json.encode(describe())


def openapi_door(request: Request) -> Response:
    """GET /api/v1/openapi.json: this description; it holds no secret."""
    body = _encoded()
    headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"', "Cache-Control": "public, max-age=3600"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(304, b"", headers=headers)
    return Response(200, body, headers=headers)


def describe() -> Json:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Yizhan: a station and its office",
            "version": str(wire.VERSION),
            "description": "A journal goes up, documents come down; docs/protocol.md tells the whole of it.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            wire.ENROL_PATH: {"post": _enrol()},
            wire.SYNC_PATH: {"post": _sync()},
            f"{wire.SNAPSHOT_PATH}{{name}}": {
                "get": _file("snapshot", "name", "Snapshot/properties/name", "application/gzip"),
            },
            f"{wire.BLOB_PATH}{{sha256}}": {"get": _file("blob", "sha256", "Blob/properties/sha256", "*/*")},
            **_opened(),
        },
        "components": {"schemas": _schemas(), "securitySchemes": _security_schemes()},
    }


def _enrol() -> Json:
    return {
        "operationId": "enrol",
        "summary": "A one-time code and a public key in, the station's id out",
        "security": [],
        "requestBody": {"required": True, "content": _json("EnrolRequest")},
        "responses": {
            "200": {"description": "Enrolled.", "content": _json("EnrolReply")},
            **_refusals(REFUSALS.keys() - _SIGNED_CODES - _SYNC_CODES - _FILE_CODES - _app_codes()),
        },
    }


def _sync() -> Json:
    return {
        "operationId": "sync",
        "summary": "Journal up, documents down, health",
        "security": _signed(),
        "requestBody": {
            "required": True,
            "description": (
                f"Lines of JSON, gzipped as a whole: the hello, then at most {wire.MAX_EVENTS} journal lines. At most "
                f"{wire.MAX_BODY_BYTES} bytes as sent, {wire.MAX_INFLATED_BYTES} inflated; a journal line of over "
                f"{events.MAX_LINE_BYTES} bytes, or one that is not as described here, is set aside by itself."
            ),
            "content": {wire.CONTENT_TYPE: {"schema": {
                "type": "array", "minItems": 1, "prefixItems": [_ref("Hello")], "items": _ref("Entry"),
                "maxItems": 1 + wire.MAX_EVENTS,
            }}},
        },
        "responses": {
            "200": {
                "description": "Lines of JSON, gzipped as a whole: the receipt, then documents. All is committed.",
                "content": {wire.CONTENT_TYPE: {"schema": {
                    "type": "array", "minItems": 1, "prefixItems": [_ref("Receipt")], "items": _ref("Published"),
                    "maxItems": wire.MAX_LINES,
                }}},
            },
            **_refusals(REFUSALS.keys() - _ENROL_CODES - _FILE_CODES - _app_codes()),
        },
    }


def _file(what: str, parameter: str, schema: str, media_type: str) -> Json:
    parameters = [
        {"name": parameter, "in": "path", "required": True, "schema": _ref(schema)},
        _header("Range", "`bytes=FIRST-` or `bytes=FIRST-LAST`; anything else gets the whole file"),
        _header("If-Range", "the ETag that the file had; with another one the whole file comes"),
    ]
    headers = {"ETag": _text("the SHA-256 in quotes"), "Accept-Ranges": _text("bytes")}
    part = {**headers, "Content-Range": _text("`bytes FIRST-LAST/SIZE`")}
    content = {media_type: {}}
    return {
        "operationId": what,
        "summary": f"The bytes of a {what}, whole or from a place on",
        "security": _signed(),
        "parameters": parameters,
        "responses": {
            "200": {"description": f"The whole {what}.", "headers": headers, "content": content},
            "206": {"description": "The part that was asked for.", "headers": part, "content": content},
            **_refusals(REFUSALS.keys() - _ENROL_CODES - _SYNC_CODES - _app_codes()),
        },
    }


def _opened() -> Json:
    """The operations at doors of apps."""
    paths: Json = {}
    for one in told():
        paths.setdefault(one.path, {})[one.method] = _operation(one)
    return paths


def _operation(one: Told) -> Json:
    schema = {"type": "string", "pattern": _without_python({"pattern": one.pattern})["pattern"]}
    others = _ENROL_CODES | _SYNC_CODES | _FILE_CODES | _app_codes()
    return {
        "operationId": one.name,
        "summary": one.summary,
        "security": _signed(),
        **({"parameters": [{"name": one.parameter, "in": "path", "required": True, "schema": schema}]}
           if one.parameter else {}),
        **({"requestBody": {"required": True, "content": _json(one.body.__name__)}} if one.body else {}),
        "responses": {
            "200": {"description": "As it stands now.", "content": _json(one.reply.__name__)},
            **_refusals((REFUSALS.keys() - others) | set(one.codes)),
        },
    }


def _app_codes() -> set[str]:
    return {code for one in told() for code in one.codes}


def _header(name: str, words: str) -> Json:
    return {"name": name, "in": "header", "description": words, "schema": {"type": "string"}}


def _text(words: str) -> Json:
    return {"description": words, "required": True, "schema": {"type": "string"}}


def _signed() -> list[Json]:
    return [{name: [] for name in _SIGNATURE}]


def _refusals(codes: Collection[str]) -> Json:
    """Responses by status, each naming its codes and what they tell a person."""
    responses: Json = {}
    for status in sorted({REFUSALS[code][0] for code in codes}):
        named = [code for code, (its_status, _) in REFUSALS.items() if its_status == status and code in codes]
        responses[str(status)] = {
            "description": "\n".join(f"- `{code}`: {REFUSALS[code][1]}" for code in named),
            "headers": {"Retry-After": _text("seconds")} if status in {429, 503} else {},
            "content": {"application/json": {"schema": {
                "allOf": [_ref("Refusal")], "properties": {"code": {"enum": named}},
            }}},
        }
    return responses


def _security_schemes() -> Json:
    words = (
        f"RFC 9421, Ed25519, over {', '.join(COMPONENTS)} (SHA-256, RFC 9530), with created (at most "
        f"{wire.CLOCK_SKEW_S} s off), keyid (the station's id), nonce (8 to 64 characters, used once), tag {TAG!r}. "
        "OpenAPI has no name for such signatures, so that each of the three headers stands for itself."
    )
    return {
        name: {"type": "apiKey", "in": "header", "name": header, "description": words}
        for name, header in _SIGNATURE.items()
    }


def _schemas() -> Json:
    published = [_published(name, kind) for name, kind in TYPES.items()]
    messages = [
        wire.EnrolRequest, wire.EnrolReply, wire.Hello, events.Entry, wire.Receipt, wire.Refusal,
        *(kind for one in told() for kind in (one.body, one.reply) if kind is not None),
        Union[tuple(published)],  # noqa: UP007  # made while running
    ]
    (*_, any_published), components = msgspec.json.schema_components(messages, ref_template=_TEMPLATE)
    others: Json = {
        "description": "An event of a kind that this office does not know: it is stored as it is.",
        "type": "object",
        "properties": {"kind": {"type": "string", "not": {"enum": sorted(events.known_kinds())}}},
        "required": ["kind"],
    }
    components["Entry"]["properties"]["event"]["anyOf"].append(_ref("OtherEvent"))
    return _without_python({**components, "OtherEvent": others, "Published": any_published})


def _published(name: str, kind: type[Document]) -> type:
    """`wire.Published` with the body of one document type, for the description only."""
    fields: list[Any] = [
        (field.name, kind | None if field.name == "body" else field.type, *(() if field.required else (field.default,)))
        for field in msgspec.structs.fields(wire.Published)
        if field.name != "type"
    ]
    words = {"__doc__": f"A document of type {name!r}, or null if there is none of this key any more."}
    return msgspec.defstruct(f"Published{kind.__name__}", fields, tag_field="type", tag=name, namespace=words)


def _without_python(node: Any) -> Any:  # noqa: ANN401  # any JSON
    """The same with ECMA 262's patterns: it knows no `\\A` and `\\Z`."""
    if isinstance(node, Mapping):
        return {
            key: value.replace(r"\A", "^").replace(r"\Z", "$") if key == "pattern" else _without_python(value)
            for key, value in node.items()
        }
    return [_without_python(item) for item in node] if isinstance(node, list) else node


def _json(name: str) -> Json:
    return {"application/json": {"schema": _ref(name)}}


def _ref(name: str) -> Json:
    return {"$ref": _TEMPLATE.format(name=name)}
