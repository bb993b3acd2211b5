"""The official badges of Apple and Google, which an operator puts beside the templates: where one is missing, the page draws a button of its own."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

from honeyguide.programs.localised import negotiate
from honeyguide.wallet.faces.clean_png import ImageRefused, clean_png

_log = logging.getLogger(__name__)

Badges: TypeAlias = Mapping[str, Mapping[str, str]]
"""Wallet (apple, google) -> language -> the picture as a data: address, so that the page's policy lets nothing else in."""

_LARGEST: Final = 65_536  # bytes: each of them goes out with every page
_MOST: Final = 200
_NAME: Final = re.compile(r"(apple|google)\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.(svg|png)")
_SVG: Final = re.compile(rb"<svg[\s>]")
# An <img> runs no script and loads nothing; a badge that has any is none of theirs.
_ACTIVE: Final = re.compile(rb"<script|<foreignObject|<!ENTITY|\son[a-z]+\s*=|javascript:", re.IGNORECASE)


def load_badges(folder: Path) -> Badges:
    """Of `<wallet>.<language>.svg` or `.png`; what is no picture is named in the log and left out. A folder that is not there has none."""
    badges: dict[str, dict[str, str]] = {"apple": {}, "google": {}}
    for path in sorted(folder.glob("*.*g"))[:_MOST]:
        name = _NAME.fullmatch(path.name)
        try:
            if name is None:
                raise ImageRefused("the name is none of <apple|google>.<language>.<svg|png>")
            badges[name[1]][name[2]] = _address(path, name[3])
        except (ImageRefused, OSError) as error:
            _log.warning("the badge %s is not used: %s", path.name, error if isinstance(error, ImageRefused) else type(error).__name__)
    return badges


def badge(badges: Badges, wallet: str, language: str) -> str | None:
    """In that language, else in English; None where there is neither."""
    own = badges[wallet]
    found = negotiate([language], own, "en") if own else "en"
    return own.get(found)


def _address(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ImageRefused(f"more than {_LARGEST} bytes")
    if kind == "png":
        clean = clean_png(content)
        return f"data:image/png;base64,{base64.b64encode(clean).decode()}"
    if not content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") or not _SVG.search(content):
        raise ImageRefused("no SVG")
    if _ACTIVE.search(content):
        raise ImageRefused("an SVG with scripts or entities")
    return f"data:image/svg+xml;base64,{base64.b64encode(content).decode()}"
