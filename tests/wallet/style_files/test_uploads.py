"""Templates of operators: every image is judged by its header before one of them is decoded (A24)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from honeyguide.wallet.apple.package_files import broken_images
from honeyguide.wallet.checks.finding import Finding
from honeyguide.wallet.faces.clean_png import SIGNATURE
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
    ("files", "place", "reason"),
    [
        ({"wide.png": undecodable(4_000, 1_000)}, "wide.png", "no image that Wallet knows"),
        ({"logo-gold.png": undecodable(160, 50)}, "logo-gold.png", "no image that Wallet knows"),
        ({"strip.png": undecodable(5_000, 1_000)}, "strip.png", "5000x1000 pixels, at most 4096 a side and 4194304 together"),
        (
            {f"a{n}.lproj/strip.png".replace(str(n), "abcdefghi"[n]): undecodable(4_000, 1_000) for n in range(9)},
            "images",
            "36003364 pixels together, at most 33554432",
        ),
    ],
)
def test_an_image_is_refused_before_any_is_decoded(files: dict[str, bytes], place: str, reason: str) -> None:
    """A24: the first of them all cannot be decoded, and nobody tries while a header, or all of them together, is wrong."""
    found = prepared({"icon@2x.png": undecodable(58, 58), **files})

    assert isinstance(found, Finding)
    assert (found.rule, found.place, found.reason) == ("A24", place, reason)


def test_an_image_that_cannot_be_decoded_is_named() -> None:
    found = prepared({"strip-gold@2x.png": undecodable(750, 246)})

    assert (found.place, found.reason) == ("strip-gold@2x.png", "the picture cannot be read")


def test_an_image_of_another_size_is_scaled_once_it_is_uploaded() -> None:
    """A24: from the largest of its files, also a tier's in one language; what fits stays as it is."""
    files = {f"icon{scale}.png": png(29 * n, 29 * n) for n, scale in enumerate(("", "@2x", "@3x"), 1)}

    found = prepared({**files, "strip.png": png(375, 123), "strip@2x.png": png(1_500, 492), "de.lproj/strip-gold.png": png(375, 123)})

    assert isinstance(found, Prepared)
    assert {path: found.files[path] for path in files} == files
    assert [(one.place, one.is_error) for one in found.warnings] == [("de.lproj/strip-gold.png", False), ("strip@2x.png", False)]
    assert broken_images({path: content for path, content in found.files.items() if content}) == ()
    assert len(found.files) == 9


def test_images_of_the_right_size_are_kept_with_those_of_tiers() -> None:
    files = {f"strip{name}{scale}.png": png(375 * n, 123 * n) for name in ("", "-gold") for n, scale in enumerate(("", "@2x", "@3x"), 1)}

    found = prepared(files)

    assert isinstance(found, Prepared)
    assert (found.files, found.warnings) == (files, ())
