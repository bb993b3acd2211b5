"""The images that a pass can hold, and how large phones show them (A24); pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

SCALES: Final = (1, 2, 3)
_PATH: Final = re.compile(r"(?:([^/]+)\.lproj/)?([A-Za-z]+)(?:-([a-z][a-z0-9_-]*))?(?:@[23]x)?\.png")


class Fitting(Enum):
    """What becomes of an image of other proportions."""

    PAD = "PAD"  # transparent borders: nothing of a sign is cut off
    CROP = "CROP"  # a picture fills its place
    WITHIN = "WITHIN"  # it is as large as fits


@dataclass(frozen=True, slots=True)
class ImageKind:
    """In points, which are pixels at @1x; `name` is that of its files."""

    name: str
    width: int
    height: int
    fitting: Fitting

    def path(self, scale: int, language: str | None, tier: str | None = None) -> str:
        """`tier`: whose own it is, as template_files.strip_of reads it."""
        folder, own = f"{language}.lproj/" if language else "", f"-{tier}" if tier else ""
        return f"{folder}{self.name}{own}.png" if scale == 1 else f"{folder}{self.name}{own}@{scale}x.png"


ICON: Final = ImageKind("icon", 29, 29, Fitting.PAD)
LOGO: Final = ImageKind("logo", 160, 50, Fitting.WITHIN)
STRIP: Final = ImageKind("strip", 375, 123, Fitting.CROP)
THUMBNAIL: Final = ImageKind("thumbnail", 90, 90, Fitting.WITHIN)
SIGN_UP_LOGO: Final = ImageKind("personalizationLogo", 150, 40, Fitting.WITHIN)
_KINDS: Final = {kind.name: kind for kind in (ICON, LOGO, STRIP, THUMBNAIL, SIGN_UP_LOGO)}


def read_path(path: str) -> tuple[ImageKind, str | None, str | None] | None:
    """What image a file is one scale of, in which language and of which tier; None for what is no image of a pass."""
    match = _PATH.fullmatch(path)
    kind = _KINDS.get(match[2]) if match else None
    if match is None or kind is None or (match[3] and kind is not STRIP):
        return None
    return kind, match[1], match[3]
