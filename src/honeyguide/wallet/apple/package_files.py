"""The constant files of a package against Apple's rules: names, images and translations (A1, A2, A23, A24)."""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final

from honeyguide.wallet.apple.validator import Broken
from honeyguide.wallet.faces.clean_png import ImageRefused, clean_png
from honeyguide.wallet.faces.strings import StringsInvalid, read_strings
from honeyguide.wallet.faces.template_files import strip_of

_NAME: Final = re.compile(r"([A-Za-z]{2,3}(-[A-Za-z0-9]+)*\.lproj/)?[A-Za-z0-9][A-Za-z0-9_@.-]*")
_IMAGE: Final = re.compile(r"(?:.*/)?([a-zA-Z]+)(?:@([23])x)?\.png")
# Points at 1x: (width, height, exact?)
_SIZES: Final = {"icon": (29, 29, True), "logo": (160, 50, False), "strip": (375, 123, True), "thumbnail": (90, 90, False)}
# The form of A51 is shown by phones of @2x and @3x only.
_SIZES_OF_FORMS: Final = {"personalizationLogo": (150, 40, False)}
# Chunks that carry camera data, comments or dates: they tell strangers something and the phone nothing.
_METADATA: Final = {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"}


def broken_files(files: Mapping[str, bytes]) -> tuple[Broken, ...]:
    """Every rule that these files of a template break."""
    return tuple(_broken(files))


def broken_images(images: Mapping[str, bytes]) -> tuple[Broken, ...]:
    """Of the images of a template, nothing of them decoded; the strips of each tier as they are in a package, under their own paths."""
    sets = dict[str, dict[str, str]]()
    for path in images:
        name, inside = strip_of(path) or ("", path)
        sets.setdefault(name, {})[inside] = path
    return tuple(
        replace(broken, place=path)
        for paths in sets.values()
        for inside, path in paths.items()
        for broken in _image(inside, images[path], paths)
    )


def _broken(files: Mapping[str, bytes]) -> Iterator[Broken]:
    if "icon.png" not in files:
        yield Broken("A1", "icon.png", "missing; Wallet refuses a pass without icon")
    texts = _texts(files)
    for name, content in files.items():
        if not _NAME.fullmatch(name) or name in ("pass.json", "manifest.json", "signature"):
            yield Broken("A1", name, "does not belong into a package")
        if name.endswith(".png"):
            yield from _image(name, content, files)
        elif name.endswith("/pass.strings"):
            yield from _translation(name, texts)
        else:
            yield Broken("A24", name, "neither a PNG nor pass.strings")


def _image(name: str, content: bytes, files: Collection[str]) -> Iterator[Broken]:
    match = _IMAGE.fullmatch(name)
    if match is None or match[1] not in _SIZES | _SIZES_OF_FORMS:
        yield Broken("A24", name, "no image that Wallet knows")
        return
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or len(content) < 24 or content[12:16] != b"IHDR":
        yield Broken("A24", name, "not a PNG")
        return
    scale, (width, height, exact) = int(match[2] or 1), (_SIZES | _SIZES_OF_FORMS)[match[1]]
    wide, high = struct.unpack(">II", content[16:24])
    if wide > width * scale or high > height * scale or (exact and (wide, high) != (width * scale, height * scale)):
        yield Broken("A24", name, f"{wide}x{high} pixels, {'must be' if exact else 'at most'} {width * scale}x{height * scale}")
    if _METADATA & set(_chunks(content)):
        yield Broken("A24", name, "carries metadata")
    stem = name.removesuffix(".png")
    if match[2] is None and match[1] in _SIZES and not all(f"{stem}@{scale}x.png" in files for scale in (2, 3)):
        yield Broken("A24", name, "has no @2x and @3x beside it")
    try:
        clean_png(content)
    except ImageRefused as refused:
        yield Broken("A24", name, str(refused))


def _chunks(content: bytes) -> Iterator[bytes]:
    position = 8
    while position + 8 <= len(content):
        (length,) = struct.unpack(">I", content[position : position + 4])
        yield content[position + 4 : position + 8]
        position += 12 + length


def _texts(files: Mapping[str, bytes]) -> dict[str, set[str] | StringsInvalid]:
    """What each language translates, or why it cannot be read; once, for there may be two hundred of them."""
    found = dict[str, set[str] | StringsInvalid]()
    for name in (name for name in files if name.endswith("/pass.strings")):
        try:
            found[name] = set(read_strings(files[name]))
        except StringsInvalid as error:
            found[name] = error
    return found


def _translation(name: str, texts: Mapping[str, set[str] | StringsInvalid]) -> Iterator[Broken]:
    own = texts[name]
    if isinstance(own, StringsInvalid):
        yield Broken("A23", name, str(own))
        return
    every = set[str]().union(*(one for one in texts.values() if not isinstance(one, StringsInvalid)))
    for missing in sorted(every - own)[:3]:
        yield Broken("A23", name, f"no translation of {missing!r}")
