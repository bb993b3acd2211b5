"""The files of a zip, of a template or of a package: refused by its directory before anything is unpacked, and no name is believed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from honeyguide.wallet.faces.template_files import LARGEST_FILE, LARGEST_TEMPLATE, MOST_FILES, Sources, TemplateInvalid, is_template_file

# What zipfile raises for damage, found by fuzzing.
_UNREADABLE: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError, IndexError),
)
_END: Final = 22  # bytes of the record at the end, without its comment
_SIZE_BEHIND: Final = 0x08  # flag: sizes stand in a descriptor behind the content, of one of these lengths
_DESCRIPTORS: Final = (12, 16, 20, 24)


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
        if archive.comment:
            raise TemplateInvalid("A1: something is hidden behind the files of the zip")
        if any(info.is_dir() for info in members):
            raise TemplateInvalid("A1: folders of their own have no place in a package")
        _check_members(members)
        return {info.filename: archive.read(info) for info in members}


@contextmanager
def _opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_whole(content, archive)
            yield archive
    except TemplateInvalid:
        raise
    except _UNREADABLE as error:
        raise TemplateInvalid(f"A1: no readable zip ({type(error).__name__})") from None


def _check_whole(content: bytes, archive: zipfile.ZipFile) -> None:
    """That the files and their directory are all there is: what hides before, between or behind them is another file to another reader."""
    end = len(content) - _END - len(archive.comment)
    size, _, said = struct.unpack("<IIH", content[end + 12 : end + _END])
    if content[end : end + 4] != b"PK\5\6" or said != len(archive.comment):
        raise TemplateInvalid("A1: something is hidden behind the zip")
    place, behind = 0, 0
    for info in sorted(archive.infolist(), key=lambda info: info.header_offset):
        _check_gap(info.header_offset - place, behind, f"before {_named(info)}")
        name, extra = struct.unpack_from("<HH", content, info.header_offset + 26)
        place, behind = info.header_offset + 30 + name + extra + info.compress_size, info.flag_bits & _SIZE_BEHIND
    _check_gap(end - size - place, behind, "before its directory")


def _check_gap(gap: int, behind: int, where: str) -> None:
    if gap and not (behind and gap in _DESCRIPTORS):
        raise TemplateInvalid(f"A1: something is hidden in the zip {where}" if gap > 0 else "A1: files of the zip overlap")


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    """What the directory of a zip says of sizes is what its reader keeps to, so a bomb is known by it."""
    if len(members) > MOST_FILES:
        raise TemplateInvalid(f"A24: {len(members)} files, at most {MOST_FILES}")
    seen = set[str]()
    for info in members:
        path = info.filename
        if path.casefold() in seen:  # one of two is lost where case does not count
            raise TemplateInvalid(f"{_named(info)}: A1: a file is there twice")
        seen.add(path.casefold())
        if path.startswith("/") or "\\" in path or ".." in path.split("/") or ":" in path:
            raise TemplateInvalid(f"{_named(info)}: A1: a name leads out of the zip")
        if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise TemplateInvalid(f"{_named(info)}: A1: encrypted, or packed in a way that is not read")
        if info.file_size > LARGEST_FILE:
            raise TemplateInvalid(f"{_named(info)}: A24: a file of {info.file_size} bytes, at most {LARGEST_FILE}")
    if sum(info.file_size for info in members) > LARGEST_TEMPLATE:
        raise TemplateInvalid(f"A24: more than {LARGEST_TEMPLATE} bytes together")


def _named(info: zipfile.ZipInfo) -> str:
    """Its name, as far as it can be printed and is not read as a rule."""
    return "".join(sign if sign.isprintable() and sign != ":" else "?" for sign in info.filename[:80])


def _common_folder(names: list[str]) -> str:
    """ "membership.pass/" where everything lies in it."""
    tops = {name.split("/", 1)[0] + "/" if "/" in name else "" for name in names}
    only = next(iter(tops)) if len(tops) == 1 else ""
    return "" if only.endswith(".lproj/") else only


def _is_of_a_mac(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.endswith(".DS_Store")
