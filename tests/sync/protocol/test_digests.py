"""A set's digest depends on what is in it, and on nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.digests import EMPTY, from_hex, to_hex, toggled

DOCUMENTS = st.dictionaries(st.text(max_size=8), st.binary(max_size=20), max_size=12)


def digest_of(pairs: list[tuple[str, bytes]]) -> int:
    digest = EMPTY
    for key, body in pairs:
        digest = toggled(digest, key, body)
    return digest


@given(DOCUMENTS, st.randoms())
def test_the_order_of_documents_does_not_matter(documents: dict[str, bytes], random: object) -> None:
    pairs = list(documents.items())
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest_of(pairs) == digest_of(shuffled)


@given(DOCUMENTS, DOCUMENTS)
def test_only_equal_sets_have_equal_digests(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert (digest_of(list(one.items())) == digest_of(list(other.items()))) == (one == other)


@given(DOCUMENTS)
def test_what_is_taken_out_again_leaves_no_trace(documents: dict[str, bytes]) -> None:
    digest = digest_of(list(documents.items()))
    assert toggled(toggled(digest, "poster", b"{}"), "poster", b"{}") == digest
    assert from_hex(to_hex(digest)) == digest
