"""What an iPhone checks before it takes a .pkpass: an independent reading by zipfile, asn1crypto and the openssl command line."""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from asn1crypto import cms, core  # type: ignore[import-untyped]

from honeyguide.testing.pass_json_check import check_pass_json
from honeyguide.testing.refusal import PassRefused

_MEMBER: Final = re.compile(r"([A-Za-z]{2,3}(-[A-Za-z0-9]+)*\.lproj/)?[^/\\]+")
_STRING: Final = r'"((?:[^"\\]|\\.)*)"'
_TRANSLATION: Final = re.compile(rf"{_STRING}\s*=\s*{_STRING}\s*;", re.DOTALL)
_LARGEST: Final = 1_000_000
_SIGNER_MARK: Final = "1.2.840.113635.100.6.1.16"
_SIGNED_ATTRIBUTES: Final = {"content_type", "message_digest", "signing_time"}
_PIXELS: Final = {"icon": (29, 29, True), "logo": (160, 50, False), "strip": (375, 123, True), "thumbnail": (90, 90, False)}


@dataclass(frozen=True, slots=True)
class CheckedPass:
    """A pass that a phone would show: its content, its members and its translations by language."""

    body: Mapping[str, Any]
    files: Mapping[str, bytes]
    strings: Mapping[str, Mapping[str, str]]
    signed_at: datetime


def check_package(package: bytes, *, ca: Path, now: datetime | None = None, loopback: bool = True) -> CheckedPass:
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
    signed_at = _check_signature(files, body, now or datetime.now(UTC))
    _verify_by_openssl(files, ca)
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
        if content[:8] != b"\x89PNG\r\n\x1a\n":
            raise PassRefused("A24", f"{name} is no PNG")
        if kind in _PIXELS:
            factor, (width, height, exact) = int(scale.removesuffix("x") or 1), _PIXELS[kind]
            most, size = (width * factor, height * factor), struct.unpack(">II", content[16:24])
            if size[0] > most[0] or size[1] > most[1] or (exact and size != most):
                raise PassRefused("A24", f"{name} has {size[0]}x{size[1]} pixels")


def _check_signature(files: Mapping[str, bytes], body: Mapping[str, Any], now: datetime) -> datetime:
    signed = _signed_data(files["signature"])
    (signer,) = signed["signer_infos"]
    attributes = {attribute["type"].native: attribute["values"][0].native for attribute in signer["signed_attrs"]}
    if missing := _SIGNED_ATTRIBUTES - set(attributes):
        raise PassRefused("A3", f"no signed attribute {min(missing)}")
    if attributes["message_digest"] != hashlib.sha256(files["manifest.json"]).digest():
        raise PassRefused("A4", "the signature is of other bytes than the manifest")
    certificates = [choice.chosen for choice in signed["certificates"]]
    serial = signer["sid"].chosen["serial_number"].native
    leaf = next((certificate for certificate in certificates if certificate.serial_number == serial), None)
    if leaf is None or len(certificates) < 2:
        raise PassRefused("A3", "signer and intermediate certificate are not both in the signature")
    _check_names(leaf, body)
    signed_at: datetime = attributes["signing_time"]
    if signed_at > now + timedelta(seconds=60) or not leaf.not_valid_before <= signed_at <= leaf.not_valid_after:
        raise PassRefused("A5", f"signed at {signed_at:%Y-%m-%d %H:%M}, in the future or outside the certificate's time")
    return signed_at


def _signed_data(signature: bytes) -> Any:
    try:
        content = cms.ContentInfo.load(signature, strict=True)
        signed = content["content"] if content["content_type"].native == "signed_data" else None
        if signed is None or len(signed["signer_infos"]) != 1:
            raise PassRefused("A3", "no CMS SignedData of one signer")
        signer = signed["signer_infos"][0]
        algorithms = (signer["digest_algorithm"]["algorithm"].native, signer["signature_algorithm"].signature_algo)
        attached = not isinstance(signed["encap_content_info"]["content"], core.Void) and signed["encap_content_info"]["content"].native
        if isinstance(signer["signed_attrs"], core.Void):
            raise PassRefused("A3", "no signed attributes")
    except (ValueError, TypeError) as error:
        raise PassRefused("A3", f"no readable signature: {error}") from error
    if attached:
        raise PassRefused("A3", "the signature is not detached")
    if algorithms != ("sha256", "rsassa_pkcs1v15"):
        raise PassRefused("A3", f"signed with {algorithms}")
    return signed


def _check_names(leaf: Any, body: Mapping[str, Any]) -> None:
    subject = leaf.subject.native
    if subject.get("user_id") != body["passTypeIdentifier"]:
        raise PassRefused("A6", f"signed for {subject.get('user_id')}, not for {body['passTypeIdentifier']}")
    if subject.get("organizational_unit_name") != body["teamIdentifier"]:
        raise PassRefused("A6", f"signed by team {subject.get('organizational_unit_name')}, not by {body['teamIdentifier']}")
    marks = [item["extn_value"].native for item in leaf["tbs_certificate"]["extensions"] if item["extn_id"].native == _SIGNER_MARK]
    if not marks:
        raise PassRefused("A6", "the signer is no Pass Type ID certificate")
    if "nfc" in body and not subject.get("common_name", "").startswith("Pass Type ID with NFC:"):
        raise PassRefused("A21", "nfc needs a Pass Type ID with NFC")


def _verify_by_openssl(files: Mapping[str, bytes], ca: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="pkpass-") as folder:
        for name in ("signature", "manifest.json"):
            (Path(folder) / name).write_bytes(files[name])
        shared = ["-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "manifest.json", "-out", "verified"]
        for command in ("smime", "cms"):
            _openssl([command, *shared, "-CAfile", str(ca.resolve())], folder)


def _openssl(arguments: Sequence[str], folder: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, timeout=20, check=False)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise PassRefused("A3", f"openssl {arguments[0]}: {reason[-1] if reason else done.returncode}")
