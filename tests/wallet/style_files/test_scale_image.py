"""Images of operators are judged before they are decoded, and come out clean and of the right size (A24)."""

from __future__ import annotations

import io
import struct
import zlib
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from honeyguide.wallet.apple.package_files import broken_files
from honeyguide.wallet.faces.clean_png import SIGNATURE, ImageRefused
from honeyguide.wallet.style_files import image_sizes
from honeyguide.wallet.style_files.scale_image import scale_image

KINDS = [image_sizes.ICON, image_sizes.LOGO, image_sizes.STRIP, image_sizes.THUMBNAIL, image_sizes.SIGN_UP_LOGO]


def png(width: int, height: int, mode: str = "RGB", **options: object) -> bytes:
    written = io.BytesIO()
    Image.new(mode, (width, height)).save(written, "PNG", **options)
    return written.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, depth: int = 8, colours: int = 2) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))


def of(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks) + chunk(b"IEND", b"")


def size_of(content: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(content)).size


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("size", [(2000, 500), (300, 900), (30, 30)])
def test_any_proportion_becomes_what_wallet_takes(kind: image_sizes.ImageKind, size: tuple[int, int]) -> None:
    scaled = scale_image(kind, png(*size))

    icons = scale_image(image_sizes.ICON, png(90, 90)).files if kind is not image_sizes.ICON else {}
    assert broken_files(icons | scaled.files) == ()
    assert set(scaled.files) == {f"{kind.name}.png", f"{kind.name}@2x.png", f"{kind.name}@3x.png"}
    assert {scale: size_of(scaled.files[kind.path(scale, None)]) for scale in (1, 2, 3)} == scaled.sizes
    assert scaled.is_blurred is (size == (30, 30))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    """Palettes, greys, 16 bits."""
    scaled = scale_image(image_sizes.LOGO, png(320, 100, mode), "de")

    assert size_of(scaled.files["de.lproj/logo@2x.png"]) == (320, 100)


def test_nothing_that_a_picture_carries_besides_is_left() -> None:
    secrets = PngInfo()
    secrets.add_text("Author", "Ann")
    secrets.add_itxt("XML:com.adobe.xmp", "Ann" * 50, zip=True)
    exif = Image.Exif()
    exif[0x9286] = "Ann was here"

    scaled = scale_image(image_sizes.ICON, png(87, 87, pnginfo=secrets, exif=exif, icc_profile=b"Ann" * 100, dpi=(300, 300)))

    assert all(b"Ann" not in content and b"pHYs" not in content for content in scaled.files.values())


def test_a_photograph_does_not_fill_the_pass() -> None:
    noise = Random(7).randbytes(500 * 164 * 3)
    written = io.BytesIO()
    Image.frombytes("RGB", (500, 164), noise).save(written, "PNG")

    scaled = scale_image(image_sizes.STRIP, written.getvalue())

    assert sum(map(len, scaled.files.values())) < 800_000


MOVING = of(header(1, 1), chunk(b"acTL", bytes(8)), chunk(b"IDAT", zlib.compress(b"\0\0\0\0")))
TEXT_BOMB = of(header(29, 29), chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(20_000_000))), chunk(b"IDAT", zlib.compress(bytes(29 * 88))))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no PNG"),
        (b"GIF89a" + bytes(99), "no PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "no PNG"),
        (png(29, 29) + bytes(1_000_000), "bytes, at most 1000000"),
        (png(29, 29)[:-20], "damaged or cut off"),
        (png(29, 29).replace(b"IDAT", b"IDAU"), "damaged or cut off"),
        (png(29, 29) + b"PK\3\4", "hidden behind"),
        (of(header(30_000, 30_000), chunk(b"IDAT", zlib.compress(b""))), "30000x30000 pixels"),
        (of(header(4_096, 4_096), chunk(b"IDAT", b"x")), "4096x4096 pixels"),
        (of(header(0, 9), chunk(b"IDAT", b"x")), "0x9 pixels"),
        (of(header(9, 9, 7), chunk(b"IDAT", b"x")), "damaged"),
        (of(header(9, 9), header(9, 9), chunk(b"IDAT", b"x")), "damaged"),
        (of(header(9, 9)), "damaged"),
        (of(chunk(b"IDAT", b"x"), header(9, 9)), "damaged"),
        (of(*[header(9, 9), *[chunk(b"IDAT", b"")] * 20_001]), "damaged"),
        (MOVING, "it moves"),
        (of(header(29, 29), chunk(b"IDAT", b"no deflate")), "cannot be read"),
    ],
)
def test_a_hostile_file_is_refused_in_words(content: bytes, reason: str) -> None:
    with pytest.raises(ImageRefused, match=reason):
        scale_image(image_sizes.ICON, content)


def test_what_is_packed_beside_the_picture_is_never_unpacked() -> None:
    assert size_of(scale_image(image_sizes.ICON, TEXT_BOMB).files["icon.png"]) == (29, 29)


@settings(max_examples=80)
@given(st.integers(min_value=0), st.binary(min_size=1, max_size=6))
def test_no_damage_to_a_picture_is_more_than_a_refusal(place: int, damage: bytes) -> None:
    content = bytearray(png(8, 8, "RGBA"))
    place %= len(content)
    content[place : place + len(damage)] = damage

    try:
        scaled = scale_image(image_sizes.ICON, bytes(content))
    except ImageRefused:
        return
    assert size_of(scaled.files["icon.png"]) == (29, 29)
