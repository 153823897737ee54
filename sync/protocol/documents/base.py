"""A document, and the files it needs, whatever its type."""

from __future__ import annotations

from typing import ClassVar, TypeVar

import msgspec

from sync.protocol.decoding import decoder_of
from sync.protocol.digests import Sha256
from sync.protocol.errors import WireError


class Blob(msgspec.Struct, frozen=True):
    """A file that a document needs, a picture or a film; fetched apart from it, by its SHA-256."""

    sha256: Sha256
    size: int           # bytes
    media_type: str     # image/jpeg


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all documents; `type` is its name on the wire."""

    type: ClassVar[str] = ""


D = TypeVar("D", bound=Document)


def key_of(document: Document) -> str:
    """A document's key: its first field."""
    return str(getattr(document, document.__struct_fields__[0]))


def encode_document(document: Document) -> bytes:
    """The body's JSON, keys in the order of the fields."""
    return msgspec.json.encode(document, order="deterministic")


def decode_document(type_: type[D], body: bytes | str) -> D:
    """A body of a type we know, unknown fields ignored; raises WireError."""
    try:
        return decoder_of(type_).decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise WireError(f"{type_.type} document: {cause}") from cause


class _Needs(msgspec.Struct):
    blobs: tuple[Blob, ...] = ()


class _Brings(msgspec.Struct):
    bundle: Blob


def blobs_of(body: bytes | str) -> tuple[Blob, ...]:
    """The files a document of any type needs: its `blobs`; none if it has no such field, or another one."""
    try:
        return decoder_of(_Needs).decode(body).blobs
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ()


def files_of(body: bytes | str) -> tuple[Blob, ...]:
    """Every file the office must keep for a document: its `blobs`, and its `bundle`, which stations fetch later."""
    try:
        return (*blobs_of(body), decoder_of(_Brings).decode(body).bundle)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return blobs_of(body)
