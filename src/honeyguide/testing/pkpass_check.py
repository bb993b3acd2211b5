"""What an iPhone checks before it takes a .pkpass: an independent reading by zipfile, asn1crypto and the openssl command line."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from honeyguide.testing.pass_json_check import check_pass_json
from honeyguide.testing.pkpass_signature import check_signature
from honeyguide.testing.refusal import PassRefused

_MEMBER: Final = re.compile(r"([A-Za-z]{2,3}(-[A-Za-z0-9]+)*\.lproj/)?[^/\\]+")
_STRING: Final = r'"((?:[^"\\]|\\.)*)"'
_TRANSLATION: Final = re.compile(rf"{_STRING}\s*=\s*{_STRING}\s*;", re.DOTALL)
_LARGEST: Final = 1_000_000
_METADATA: Final = {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"}
PERSONALIZATION_FIELDS: Final = {f"PKPassPersonalizationField{name}" for name in ("Name", "EmailAddress", "PhoneNumber", "PostalCode")}
_PIXELS: Final = {"icon": (29, 29, True), "logo": (160, 50, False), "strip": (375, 123, True), "thumbnail": (90, 90, False)}


@dataclass(frozen=True, slots=True)
class CheckedPass:
    """A pass that a phone would show: its content, its members and its translations by language."""

    body: Mapping[str, Any]
    files: Mapping[str, bytes]
    strings: Mapping[str, Mapping[str, str]]
    signed_at: datetime


def check_package(package: bytes, *, ca: Path, now: datetime | None = None, loopback: bool = True, quick: bool = False) -> CheckedPass:
    """Check a package against the CA in that PEM file; raises PassRefused with the rule of wallet.md that it breaks."""
    if len(package) > _LARGEST:
        raise PassRefused("A24", f"{len(package)} bytes are more than {_LARGEST}")
    files = _members(package)
    _check_manifest(files)
    strings = {name.removesuffix(".lproj/pass.strings"): _strings(name, files[name]) for name in files if name.endswith("/pass.strings")}
    _check_languages(strings)
    _check_images(files)
    body = read_json("pass.json", files["pass.json"])
    check_pass_json(body, loopback=loopback)
    _check_personalization(files, body)
    signed_at = check_signature(files, body, ca, now or datetime.now(UTC), quick=quick)
    return CheckedPass(body, files, strings, signed_at)


def read_json(name: str, content: bytes) -> Any:
    """Strict JSON with exact numbers; raises PassRefused for a duplicate key, a byte order mark, a wrong encoding."""
    if content.startswith(b"\xef\xbb\xbf"):
        raise PassRefused("A11", f"{name} begins with a byte order mark")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise PassRefused("A11", f"{name} has a key twice")
        return dict(pairs)

    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=once, parse_float=Decimal)
    except ValueError as error:
        raise PassRefused("A11", f"{name} is no JSON: {error}") from error


def _members(package: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            names = archive.namelist()
            if (broken := archive.testzip()) is not None:
                raise PassRefused("A1", f"{broken} is damaged")
            files = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise PassRefused("A1", f"no readable zip: {error}") from error
    if len(files) != len(names):
        raise PassRefused("A1", "a member is there twice")
    for name in names:
        if not _MEMBER.fullmatch(name) or ".DS_Store" in name or name.startswith("__MACOSX"):
            raise PassRefused("A1", f"{name} has no place in a pass")
    for name in ("pass.json", "manifest.json", "signature", "icon.png"):
        if name not in files:
            raise PassRefused("A1", f"{name} is missing")
    return files


def _check_manifest(files: Mapping[str, bytes]) -> None:
    manifest = read_json("manifest.json", files["manifest.json"])
    if not isinstance(manifest, dict):
        raise PassRefused("A2", "the manifest is no object")
    listed, present = set(manifest), set(files) - {"manifest.json", "signature"}
    if listed != present:
        raise PassRefused("A2", f"manifest and members differ in {', '.join(sorted(listed ^ present))}")
    for name, digest in manifest.items():
        if digest != hashlib.sha1(files[name], usedforsecurity=False).hexdigest():
            raise PassRefused("A2", f"the manifest has another digest of {name}")


def _strings(name: str, content: bytes) -> dict[str, str]:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise PassRefused("A23", f"{name} is not {encoding}") from error
    texts = {_plain(key): _plain(value) for key, value in _TRANSLATION.findall(text)}
    if re.sub(r"/\*.*?\*/", "", _TRANSLATION.sub("", text), flags=re.DOTALL).strip():
        raise PassRefused("A23", f"{name} has more than translations in it")
    return texts


def _plain(escaped: str) -> str:
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "r": "\r", "t": "\t"}.get(match[1], match[1]), escaped, flags=re.DOTALL)


def _check_languages(strings: Mapping[str, Mapping[str, str]]) -> None:
    every = {text for texts in strings.values() for text in texts}
    for language, texts in strings.items():
        if missing := every - set(texts):
            raise PassRefused("A23", f"{language} has no translation of {min(missing)!r}")


def _check_images(files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        if not name.endswith(".png"):
            continue
        kind, _, scale = name.rpartition("/")[2].removesuffix(".png").partition("@")
        if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
            raise PassRefused("A24", f"{name} is no PNG")
        if b"IDAT" not in _chunks(content) or content[-8:-4] != b"IEND":
            raise PassRefused("A24", f"{name} is cut off")
        if scale and scale not in ("2x", "3x"):
            raise PassRefused("A24", f"{name} is of no scale that a screen has")
        if not scale and kind in _PIXELS and not {f"{name[:-4]}@2x.png", f"{name[:-4]}@3x.png"} <= files.keys():
            raise PassRefused("A24", f"{name} has no @2x and @3x beside it")
        if marks := _METADATA & set(_chunks(content)):
            raise PassRefused("A24", f"{name} carries {min(marks).decode()}")
        if kind in _PIXELS:
            factor, (width, height, exact) = int(scale.removesuffix("x") or 1), _PIXELS[kind]
            most, size = (width * factor, height * factor), struct.unpack(">II", content[16:24])
            if size[0] > most[0] or size[1] > most[1] or (exact and size != most):
                raise PassRefused("A24", f"{name} has {size[0]}x{size[1]} pixels")


def _chunks(content: bytes) -> Iterator[bytes]:
    position = 8
    while position + 8 <= len(content):
        yield content[position + 4 : position + 8]
        position += 12 + int.from_bytes(content[position : position + 4], "big")


def _check_personalization(files: Mapping[str, bytes], body: Mapping[str, Any]) -> None:
    """The form of an anonymous card needs a terminal that hands the card out, and a logo above it (A51)."""
    if "personalization.json" not in files:
        return
    form = read_json("personalization.json", files["personalization.json"])
    asked = form.get("requiredPersonalizationFields") if isinstance(form, dict) else None
    if not isinstance(asked, list) or not asked or not set(asked) <= PERSONALIZATION_FIELDS:
        raise PassRefused("A51", "requiredPersonalizationFields is no list of what Wallet asks")
    if not isinstance(form.get("description"), str) or not form["description"]:
        raise PassRefused("A51", "the form has no description")
    if "nfc" not in body or "personalizationLogo@2x.png" not in files:
        raise PassRefused("A51", "personalization needs nfc and personalizationLogo@2x.png")
