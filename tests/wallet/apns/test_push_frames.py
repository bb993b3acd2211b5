"""Frames are cut the same however the bytes arrive, and GOAWAY is told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeyguide.wallet.apple.push_frames import GoingAway, split_frames


def frame(kind: int, payload: bytes, stream: int = 0) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, 0]) + stream.to_bytes(4, "big") + payload


FRAMES = [
    frame(4, b""),
    frame(0, b"x" * 300, 1),
    frame(7, (5).to_bytes(4, "big") + bytes(4) + b'{"reason":"Shutdown"}'),
    frame(6, b"12345678"),
]


@given(st.lists(st.integers(1, 50), min_size=1))
def test_any_cutting_of_the_bytes_gives_the_same_frames(sizes: list[int]) -> None:
    data, at, rest, seen, turn = b"".join(FRAMES), 0, b"", [], 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        frames, rest = split_frames(rest + data[at : at + size])
        seen, at, turn = seen + frames, at + size, turn + 1

    assert seen == [FRAMES[0], FRAMES[1], GoingAway(5, 0, "Shutdown"), FRAMES[3]]
    assert rest == b""


@pytest.mark.parametrize("data", [b"\xff\xff\xff\x00\x00" + bytes(4), frame(7, b"short")])
def test_a_frame_that_breaks_the_protocol_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="frame"):
        split_frames(data)


def test_a_reason_that_is_no_word_of_apples_is_dropped() -> None:
    frames, _ = split_frames(frame(7, bytes(8) + b'{"reason":"\\n<b>"}'))

    assert frames == [GoingAway(0, 0, "")]
