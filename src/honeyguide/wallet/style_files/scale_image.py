"""One image of an operator becomes those of a pass: at @1x, @2x and @3x, of the right size, with nothing else in them (A24)."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

from honeyguide.wallet.faces.clean_png import ImageRefused, clean_png
from honeyguide.wallet.style_files.image_sizes import SCALES, Fitting, ImageKind

_LARGE: Final = 150_000  # bytes: beyond it a picture has 256 colours, else three of them fill the whole pass
_UNDECODABLE: Final = (OSError, SyntaxError, ValueError, EOFError, OverflowError, zlib.error, struct.error, Image.DecompressionBombError)


@dataclass(frozen=True, slots=True)
class ScaledImage:
    """`is_blurred`: the original was smaller than phones show it."""

    files: dict[str, bytes]
    sizes: dict[int, tuple[int, int]]
    is_blurred: bool


def scale_image(kind: ImageKind, content: bytes, language: str | None = None, tier: str | None = None) -> ScaledImage:
    """Raises ImageRefused. Works for a while, so never on the event loop."""
    image = _decoded(content)
    files, sizes = dict[str, bytes](), dict[int, tuple[int, int]]()
    for scale in SCALES:
        scaled = _fitted(image, kind, scale)
        files[kind.path(scale, language, tier)], sizes[scale] = _encoded(scaled), scaled.size
    largest = max(image.width / (kind.width * SCALES[-1]), image.height / (kind.height * SCALES[-1]))
    return ScaledImage(files, sizes, is_blurred=largest < 1)


def check_image(content: bytes) -> None:
    """That it can be shown; raises ImageRefused."""
    _decoded(content)


def _decoded(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(clean_png(content)), formats=("PNG",)) as image:
            return image.convert("RGBA")
    except ImageRefused:
        raise
    except _UNDECODABLE:
        raise ImageRefused("the picture cannot be read") from None


def _fitted(image: Image.Image, kind: ImageKind, scale: int) -> Image.Image:
    box = (kind.width * scale, kind.height * scale)
    match kind.fitting:
        case Fitting.PAD:
            return ImageOps.pad(image, box, Image.Resampling.LANCZOS, color=(0, 0, 0, 0))
        case Fitting.CROP:
            return ImageOps.fit(image, box, Image.Resampling.LANCZOS)
        case Fitting.WITHIN:
            return ImageOps.contain(image, box, Image.Resampling.LANCZOS)


def _encoded(image: Image.Image) -> bytes:
    opaque = image.getchannel("A").getextrema() == (255, 255)
    content = _png(image.convert("RGB") if opaque else image)
    return content if len(content) <= _LARGE else _png(image.quantize(256, Image.Quantize.FASTOCTREE))


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=9)
    return written.getvalue()
