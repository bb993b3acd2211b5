"""Cut a byte stream into HTTP/2 frames and keep GOAWAY from h2, which would drop the streams that the server still answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

FRAME_AT_MOST = 16_384  # our SETTINGS_MAX_FRAME_SIZE, the default (RFC 9113, 6.5.2)
_HEADER = 9
_GOAWAY = 7
_REASON = re.compile(rb'"reason"\s*:\s*"([A-Za-z]{1,64})"')


@dataclass(frozen=True, slots=True)
class GoingAway:
    """The server answers streams up to this id and no others; `reason` is APNs' own word, empty where it gave none."""

    last_stream_id: int
    code: int
    reason: str


def split_frames(data: bytes) -> tuple[list[bytes | GoingAway], bytes]:
    """The complete frames and the rest. Raises ValueError on a frame longer than we allow (RFC 9113, 4.2)."""
    frames: list[bytes | GoingAway] = []
    at = 0
    while len(data) - at >= _HEADER:
        length = int.from_bytes(data[at : at + 3], "big")
        if length > FRAME_AT_MOST:
            raise ValueError("a frame longer than allowed")
        end = at + _HEADER + length
        if end > len(data):
            break
        frame = data[at:end]
        frames.append(_going_away(frame[_HEADER:]) if frame[3] == _GOAWAY else frame)
        at = end
    return frames, data[at:]


def _going_away(payload: bytes) -> GoingAway:
    if len(payload) < 8:
        raise ValueError("a GOAWAY frame too short")
    reason = _REASON.search(payload[8:])
    last_stream_id = int.from_bytes(payload[:4], "big") & 0x7FFF_FFFF
    return GoingAway(last_stream_id, int.from_bytes(payload[4:8], "big"), reason[1].decode("ascii") if reason else "")
