from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.frames import MAX_FRAME_BYTES, SILENCE_S, Frames

GOOD = b"9787020002207"
terminators = st.sampled_from([b"\r", b"\n", b"\r\n", b"\n\r", b"\r\r\n"])
streams = st.lists(
    st.one_of(terminators, st.binary(max_size=20), st.just(b"A" * 300), st.just(GOOD + b"\r")), max_size=30
).map(b"".join)
bodies = st.binary(max_size=2 * MAX_FRAME_BYTES).map(lambda data: data.replace(b"\r", b"").replace(b"\n", b""))


def _feed_all(pieces: Sequence[bytes]) -> list[bytes]:
    frames = Frames()
    return [frame for piece in pieces for frame in frames.feed(piece, 1.0)]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\n\r", b"\r\n\r\n\n"])
def test_a_frame_ends_in_any_mixture_of_cr_and_lf(end: bytes) -> None:
    assert _feed_all([GOOD + end + b"2" + end]) == [GOOD, b"2"]


def test_a_frame_is_out_with_its_cr_before_the_lf_comes() -> None:
    frames = Frames()
    assert frames.feed(GOOD + b"\r", 0.0) == [GOOD]
    assert frames.feed(b"\n", 0.001) == []


def test_empty_frames_vanish() -> None:
    assert _feed_all([b"\r\r\n\n", b"\r", b"\n"]) == []


@given(streams, st.lists(st.integers(0, 9000), max_size=40))
def test_any_split_of_the_bytes_gives_the_same_frames(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    bytewise = [bytes([byte]) for byte in stream]
    assert _feed_all(pieces) == _feed_all([stream]) == _feed_all(bytewise)


@given(st.lists(st.tuples(bodies, terminators), max_size=20), terminators)
def test_no_good_frame_is_lost_between_hostile_ones(hostile: list[tuple[bytes, bytes]], end: bytes) -> None:
    stream = b"".join(GOOD + end + body + hostile_end for body, hostile_end in hostile) + GOOD + end
    expected: list[bytes] = []
    for body, _ in hostile:
        expected += [GOOD, body[: MAX_FRAME_BYTES + 1]] if body else [GOOD]
    assert _feed_all([stream]) == [*expected, GOOD]


def test_a_fragment_is_dropped_after_silence() -> None:
    frames = Frames()
    frames.feed(b"978702", 10.0)
    assert frames.feed(GOOD + b"\r", 10.0 + SILENCE_S + 0.001) == [GOOD]


def test_silence_is_seen_without_new_bytes() -> None:
    frames = Frames()
    frames.feed(b"978702", 10.0)
    frames.feed(b"", 10.06)
    frames.feed(b"", 10.11)
    assert frames.feed(GOOD + b"\r", 10.12) == [GOOD]


def test_a_pause_shorter_than_silence_keeps_the_fragment() -> None:
    frames = Frames()
    frames.feed(GOOD[:5], 10.0)
    frames.feed(b"", 10.05)
    assert frames.feed(GOOD[5:] + b"\r", 10.09) == [GOOD]


def test_a_frame_at_the_cap_is_whole() -> None:
    assert _feed_all([b"A" * MAX_FRAME_BYTES + b"\r"]) == [b"A" * MAX_FRAME_BYTES]


def test_an_over_long_frame_is_told_once_and_swallowed_to_its_end() -> None:
    frames = Frames()
    assert frames.feed(b"A" * 5000, 0.0) == [b"A" * (MAX_FRAME_BYTES + 1)]
    assert frames.feed(b"A" * 5000, 0.01) == []
    assert frames.feed(b"A\r" + GOOD + b"\r", 0.02) == [GOOD]


def test_silence_ends_an_over_long_frame_without_terminator() -> None:
    frames = Frames()
    frames.feed(b"\0" * 5000, 10.0)
    assert frames.feed(GOOD + b"\r", 10.2) == [GOOD]


def test_a_flood_without_end_is_not_kept() -> None:
    frames = Frames()
    told = [frame for _ in range(1000) for frame in frames.feed(b"A" * 4096, 1.0)]
    assert len(told) == 1
    assert len(vars(frames)["_pending"]) <= MAX_FRAME_BYTES + 1
