"""The files that make a template, and those of a folder: bounded before they are read, and none that lies elsewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_FILES: Final = 200
LARGEST_FILE: Final = 1_000_000
LARGEST_TEMPLATE: Final = 5_000_000
_MOST_SEEN: Final = 2_000  # files of all kinds: whoever names the wrong folder is told so before the whole disk was looked through
_FOLDER: Final = r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\.lproj/"
_TAKEN: Final = re.compile(
    rf"(?:pass|google|personalization)\.json|{_FOLDER}pass\.strings|(?:{_FOLDER})?[A-Za-z0-9][A-Za-z0-9_@.-]{{0,63}}\.png"
)
# Of a tier, in one language or for all: of the strips of each language only one is in a package.
_STRIP: Final = re.compile(r"((?:[^/]+/)?)strip-([a-z][a-z0-9_-]*)((?:@[23]x)?)\.png")


class TemplateInvalid(ValueError):
    """A template breaks a rule; the message names the file and the place in it."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The files by their paths within the template, and what lay beside them and is no part of one."""

    files: Mapping[str, bytes]
    left_out: tuple[str, ...] = ()


def is_template_file(path: str) -> bool:
    """Whether a file of this name is read."""
    return _TAKEN.fullmatch(path) is not None


def strip_of(path: str) -> tuple[str, str] | None:
    """The name of the strip that a file is of, and what it is called in a package; None for every other file."""
    match = _STRIP.fullmatch(path)
    return None if match is None else (match[2], f"{match[1]}strip{match[3]}.png")


def read_folder(folder: Path) -> Sources:
    """Raises TemplateInvalid where it is too large, where a file cannot be read, or leads out of the folder."""
    files, left_out, size = dict[str, bytes](), list[str](), 0
    for path in _seen(folder):
        name = path.relative_to(folder).as_posix()
        if not is_template_file(name):
            left_out.append(name)
            continue
        content = _content(folder, path, f"{folder.name}/{name}")
        size += len(content)
        if len(files) == MOST_FILES or size > LARGEST_TEMPLATE:
            raise TemplateInvalid(
                f"{folder.name}/{name}: A24: a template has at most {MOST_FILES} files of {LARGEST_TEMPLATE} bytes together"
            )
        files[name] = content
    return Sources(files, tuple(left_out))


def _seen(folder: Path) -> Iterator[Path]:
    """The files in it and in its folders, in order; links to folders are not followed."""
    found = list[Path]()
    for where, folders, names in os.walk(folder, onerror=_unreadable):
        folders.sort()
        found += (path for name in names if (path := Path(where, name)).is_symlink() or path.is_file())
        if len(found) > _MOST_SEEN:
            raise TemplateInvalid(f"{folder.name}: A24: more than {_MOST_SEEN} files: this is no folder of a style")
    yield from sorted(found)


def _unreadable(error: OSError) -> None:
    raise TemplateInvalid(f"{Path(str(error.filename)).name}: A1: cannot be read: {error.strerror}")


def _content(folder: Path, path: Path, name: str) -> bytes:
    """A link may lead about within the folder, as those of a mounted volume do; out of it leads what somebody planted."""
    try:
        if not path.resolve(strict=True).is_relative_to(folder.resolve()):
            raise TemplateInvalid(f"{name}: A1: a link that leads out of the folder")
        if not path.is_file():
            raise TemplateInvalid(f"{name}: A1: no plain file")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, RuntimeError) as error:  # a link to itself is a RuntimeError to pathlib
        raise TemplateInvalid(f"{name}: A1: cannot be read: {type(error).__name__}") from None
    if len(content) > LARGEST_FILE:
        raise TemplateInvalid(f"{name}: A24: more than {LARGEST_FILE} bytes")
    return content
