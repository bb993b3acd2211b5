"""Templates of operators: every image is judged by its header before one of them is decoded (A24)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from honeyguide.wallet.checks.finding import Finding
from honeyguide.wallet.style_files.clean_png import SIGNATURE
from honeyguide.wallet.style_files.uploads import Prepared, prepare_template


def png(width: int, height: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height)).save(written, "PNG")
    return written.getvalue()


def undecodable(width: int, height: int) -> bytes:
    """Whole by its chunks, and no picture."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", b"no deflate"), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def prepared(files: dict[str, bytes]) -> Prepared | Finding:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return prepare_template("x.zip", whole.getvalue())


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("wide.png", undecodable(4_000, 1_000), "no image that Wallet knows"),
        ("strip.png", undecodable(4_000, 1_000), "4000x1000 pixels, must be 375x123"),
        ("de.lproj/strip-gold@2x.png", undecodable(4_000, 1_000), "4000x1000 pixels, must be 750x246"),
        ("strip-gold.png", undecodable(375, 123), "has no @2x and @3x beside it"),
        ("strip-gold@2x.png", undecodable(750, 246), "the picture cannot be read"),
    ],
)
def test_an_image_is_refused_before_any_is_decoded(path: str, content: bytes, reason: str) -> None:
    """A24: the first of them all cannot be decoded, and nobody tries while another one's header is wrong."""
    files = {"icon@2x.png": undecodable(58, 58)} if "cannot be read" not in reason else {}

    found = prepared({**files, path: content})

    assert isinstance(found, Finding)
    assert (found.rule, found.place, found.reason) == ("A24", path, reason)


def test_images_of_the_right_size_are_kept_with_those_of_tiers() -> None:
    files = {f"strip{name}{scale}.png": png(375 * n, 123 * n) for name in ("", "-gold") for n, scale in enumerate(("", "@2x", "@3x"), 1)}

    found = prepared(files)

    assert isinstance(found, Prepared)
    assert found.files.keys() == files.keys()
