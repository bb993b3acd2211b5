"""A PNG of an operator, looked at before anything decodes it: whole, one picture, not too large, and without what else it carries."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
LARGEST_BYTES: Final = 1_000_000
LARGEST_SIDE: Final = 4_096
MOST_PIXELS: Final = 4_194_304  # 16 MB once decoded
_MOST_CHUNKS: Final = 20_000
# What a picture is made of. Everything else is left out: texts, camera data, dates, profiles, whatever a decoder could stumble over.
_KEPT: Final = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_CHANNELS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # bit depths by colour type


class ImageRefused(ValueError):
    """This is no picture that a pass can have; the message says why."""


def clean_png(content: bytes) -> bytes:
    """The same picture and nothing else; raises ImageRefused. Nothing is decompressed here."""
    if len(content) > LARGEST_BYTES:
        raise ImageRefused(f"{len(content)} bytes, at most {LARGEST_BYTES}")
    if not content.startswith(SIGNATURE):
        raise ImageRefused("no PNG; passes have no other pictures")
    chunks = list(_chunks(content))
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] != [b"IHDR"] or kinds.count(b"IHDR") != 1 or kinds[-1] != b"IEND" or b"IDAT" not in kinds:
        raise ImageRefused("the file is damaged or cut off")
    if b"acTL" in kinds:
        raise ImageRefused("it moves; passes show still pictures")
    _check_header(chunks[0][1])
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks if kind in _KEPT)


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a cleaned PNG, by its header."""
    width, height = struct.unpack_from(">II", content, len(SIGNATURE) + 8)
    return width, height


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    position, count = len(SIGNATURE), 0
    while position < len(content):
        if count == _MOST_CHUNKS or position + 12 > len(content):
            raise ImageRefused("the file is damaged or cut off")
        (length,) = struct.unpack_from(">I", content, position)
        kind, end = content[position + 4 : position + 8], position + 8 + length
        if end + 4 > len(content) or content[end : end + 4] != _checksum(kind, content[position + 8 : end]):
            raise ImageRefused("the file is damaged or cut off")
        yield kind, content[position + 8 : end]
        position, count = end + 4, count + 1
        if kind == b"IEND" and position < len(content):
            raise ImageRefused("something is hidden behind the picture")


def _check_header(header: bytes) -> None:
    if len(header) != 13:
        raise ImageRefused("the file is damaged or cut off")
    width, height, depth, colours, compression, filtering, interlace = struct.unpack(">IIBBBBB", header)
    if depth not in _CHANNELS.get(colours, ()) or compression or filtering or interlace > 1:
        raise ImageRefused("the file is damaged or cut off")
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE) or width * height > MOST_PIXELS:
        raise ImageRefused(f"{width}x{height} pixels, at most {LARGEST_SIDE} a side and {MOST_PIXELS} together")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + _checksum(kind, data)


def _checksum(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(kind + data))
