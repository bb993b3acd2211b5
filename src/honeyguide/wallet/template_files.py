"""The files that make a template, out of a folder or a zip: bounded before anything is unpacked, and no name is believed."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_FILES: Final = 200
LARGEST_FILE: Final = 1_000_000
LARGEST_TEMPLATE: Final = 5_000_000
# What zipfile raises for damage, found by fuzzing.
_UNREADABLE: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)
_FOLDER: Final = r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\.lproj/"
_TAKEN: Final = re.compile(
    rf"(?:pass|google|personalization)\.json|{_FOLDER}pass\.strings|(?:{_FOLDER})?[A-Za-z0-9][A-Za-z0-9_@.-]{{0,63}}\.png"
)


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


def read_folder(folder: Path) -> Sources:
    """Raises TemplateInvalid where it is too large."""
    files, left_out = dict[str, bytes](), list[str]()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file():
            continue
        if not is_template_file(name):
            left_out.append(name)
        elif path.stat().st_size > LARGEST_FILE or len(files) == MOST_FILES:
            raise TemplateInvalid(f"{folder.name}/{name}: A24: a template has at most {MOST_FILES} files of {LARGEST_FILE} bytes")
        else:
            files[name] = path.read_bytes()
    return Sources(files, tuple(left_out))


def read_zip(content: bytes) -> Sources:
    """The same of a zip, also where all lies in one folder of it. Raises TemplateInvalid; works for a while, so never on the event loop."""
    with _opened(content) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        _check_members(members)
        top = _common_folder([info.filename for info in members if not _is_of_a_mac(info.filename)])
        taken = {info.filename.removeprefix(top): info for info in members if is_template_file(info.filename.removeprefix(top))}
        left_out = [info.filename for info in members if info.filename.removeprefix(top) not in taken]
        files = {path: archive.read(info) for path, info in sorted(taken.items())}
    return Sources(files, tuple(left_out))


def read_members(content: bytes) -> dict[str, bytes]:
    """All files of a zip under their own names, folders refused as a package has none. Raises TemplateInvalid."""
    with _opened(content) as archive:
        members = archive.infolist()
        if any(info.is_dir() for info in members):
            raise TemplateInvalid("A1: folders of their own have no place in a package")
        _check_members(members)
        return {info.filename: archive.read(info) for info in members}


@contextmanager
def _opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive
    except TemplateInvalid:
        raise
    except _UNREADABLE as error:
        raise TemplateInvalid(f"A1: no readable zip: {type(error).__name__}") from None


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    """What the directory of a zip says of sizes is what its reader keeps to, so a bomb is known by it."""
    if len(members) > MOST_FILES:
        raise TemplateInvalid(f"A24: {len(members)} files, at most {MOST_FILES}")
    if len({info.filename.casefold() for info in members}) != len(members):  # one of two is lost where case does not count
        raise TemplateInvalid("A1: a file is there twice")
    for info in members:
        path = info.filename
        if path.startswith("/") or "\\" in path or ".." in path.split("/") or ":" in path:
            raise TemplateInvalid("A1: a name leads out of the zip")
        if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise TemplateInvalid("A1: encrypted, or packed in a way that is not read")
        if info.file_size > LARGEST_FILE:
            raise TemplateInvalid(f"A24: a file of {info.file_size} bytes, at most {LARGEST_FILE}")
    if sum(info.file_size for info in members) > LARGEST_TEMPLATE:
        raise TemplateInvalid(f"A24: more than {LARGEST_TEMPLATE} bytes together")


def _common_folder(names: list[str]) -> str:
    """ "membership.pass/" where everything lies in it."""
    tops = {name.split("/", 1)[0] + "/" if "/" in name else "" for name in names}
    only = next(iter(tops)) if len(tops) == 1 else ""
    return "" if only.endswith(".lproj/") else only


def _is_of_a_mac(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.endswith(".DS_Store")
