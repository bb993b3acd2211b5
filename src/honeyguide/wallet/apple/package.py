"""The .pkpass file: a zip whose constant members are laid out once, so that a pass costs one hash and one signature."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from typing import Final, Protocol

from honeyguide.wallet.apple.package_files import broken_files
from honeyguide.wallet.apple.validator import Broken, PassInvalid
from honeyguide.wallet.faces.template import Template

LARGEST_PASS: Final = 1_000_000
# 1 January 2024: the file dates of a zip say nothing here, and a fixed one keeps equal passes equal.
_DATE_TIME: Final = ((2024 - 1980) << 25) | (1 << 21) | (1 << 16)


class Signs(Protocol):
    """What makes a detached signature; Signer is the real one."""

    def sign(self, manifest: bytes) -> bytes: ...


class Package:
    """A template's package without the part that differs for each pass."""

    def __init__(self, template: Template, *, signs_up: bool = False, largest: int = LARGEST_PASS) -> None:
        """Check and lay out the constant files, for cards that are nobody's yet with those of the form; raises PassInvalid."""
        if broken := broken_files(template.files):
            raise PassInvalid(broken)
        files = template.members(signs_up=signs_up)
        lines = (f'"{name}":"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}",' for name, content in files.items())
        self._manifest = "".join(lines).encode()
        self._head, self._directory = _lay_out(files, 0)
        self._count = len(files)
        self._largest = largest

    def build(self, pass_json: bytes, signer: Signs, *, form: bytes | None = None) -> bytes:
        """The finished .pkpass around this pass.json, and this personalization.json; raises PassInvalid when it is too large (A24)."""
        documents = {"pass.json": pass_json} if form is None else {"pass.json": pass_json, "personalization.json": form}
        lines = [f'"{name}":"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}"' for name, content in documents.items()]
        manifest = b"{%b%b}" % (self._manifest, ",".join(lines).encode())
        members = {**documents, "manifest.json": manifest, "signature": signer.sign(manifest)}
        body, directory = _lay_out(members, len(self._head))
        start, directory, count = len(self._head) + len(body), self._directory + directory, self._count + len(members)
        whole = b"".join((self._head, body, directory, _end(count, len(directory), start)))
        if len(whole) > self._largest:
            raise PassInvalid((Broken("A24", "package", f"{len(whole)} bytes, at most {self._largest}"),))
        return whole


def lay_out_zip(files: Mapping[str, bytes]) -> bytes:
    """A whole zip of stored files."""
    body, directory = _lay_out(files, 0)
    return b"".join((body, directory, _end(len(files), len(directory), len(body))))


def _end(count: int, length: int, start: int) -> bytes:
    return b"PK\5\6\0\0\0\0" + struct.pack("<HHIIH", count, count, length, start, 0)


def _lay_out(files: Mapping[str, bytes], offset: int) -> tuple[bytes, bytes]:
    """Stored (uncompressed) zip members from this offset on, and their part of the central directory."""
    parts, directory = [], []
    for name, content in files.items():
        path, size = name.encode("ascii"), len(content)
        shared = struct.pack("<HHIIIIHH", 0, 0, _DATE_TIME, zlib.crc32(content), size, size, len(path), 0)
        parts += [b"PK\3\4\x0a\0" + shared + path, content]
        # Version 2.0, Unix: so the attributes below mean a plain file with mode 0644.
        directory.append(b"PK\1\2\x14\3\x0a\0" + shared + struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, offset) + path)
        offset += len(parts[-2]) + size
    return b"".join(parts), b"".join(directory)
