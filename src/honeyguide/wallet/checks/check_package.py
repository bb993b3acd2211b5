"""Check a finished .pkpass, whoever made it: files, manifest, content and signature."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from honeyguide.wallet.apple.broken import Broken
from honeyguide.wallet.apple.field_rules import truncations
from honeyguide.wallet.apple.json_rules import misshapen
from honeyguide.wallet.apple.package import LARGEST_PASS
from honeyguide.wallet.apple.package_files import broken_files
from honeyguide.wallet.apple.personalization import broken_personalization
from honeyguide.wallet.apple.validator import broken_rules
from honeyguide.wallet.checks.finding import Finding, finding_of_text, findings_of
from honeyguide.wallet.checks.read_signature import broken_signature
from honeyguide.wallet.faces.exact_json import parse_exact
from honeyguide.wallet.faces.template_files import TemplateInvalid
from honeyguide.wallet.faces.template_zip import read_members

_DOCUMENTS = ("pass.json", "manifest.json", "signature", "personalization.json")


def check_package(name: str, package: bytes, now: datetime, *, development: bool = False) -> list[Finding]:
    """Errors first; `development`: http on this machine and another CA than Apple's are warnings only."""
    try:
        files = read_members(package)
    except TemplateInvalid as error:
        return [finding_of_text(name, str(error), otherwise="A1")]
    found = [*_size(package), *_missing(files), *_manifest(files)]
    body, wrong = _json("pass.json", files)
    found += wrong
    found += broken_files({path: content for path, content in files.items() if path not in _DOCUMENTS})
    found += _form(files, body)
    if body is not None:
        # Whether the certificate may sign nfc is a question to the signature.
        found += broken_rules(body, loopback_allowed=development)
        found += broken_signature(files.get("signature", b""), files.get("manifest.json", b""), body, now)
    findings = [Finding(name, one.rule, one.place, one.reason, not (development and one.rule == "A7")) for one in found]
    if body is not None and not misshapen(body):
        findings += findings_of(name, truncations(body), is_error=False)
    return sorted(findings, key=lambda one: not one.is_error)


def _size(package: bytes) -> Iterator[Broken]:
    if len(package) > LARGEST_PASS:
        yield Broken("A24", "package", f"{len(package)} bytes, at most {LARGEST_PASS}")


def _missing(files: Mapping[str, bytes]) -> Iterator[Broken]:
    for path in ("pass.json", "manifest.json", "signature"):
        if path not in files:
            yield Broken("A1", path, "missing")


def _manifest(files: Mapping[str, bytes]) -> Iterator[Broken]:
    manifest, wrong = _json("manifest.json", files)
    yield from wrong
    if manifest is None:
        return
    for path, content in files.items():
        if path in ("manifest.json", "signature"):
            continue
        if path not in manifest:
            yield Broken("A2", path, "is not in the manifest")
        elif manifest[path] != hashlib.sha1(content, usedforsecurity=False).hexdigest():
            yield Broken("A2", path, "the manifest has another digest of it")
    for path in sorted(manifest.keys() - files.keys()):
        yield Broken("A2", path, "is in the manifest only")


def _form(files: Mapping[str, bytes], body: Mapping[str, Any] | None) -> Iterator[Broken]:
    if "personalization.json" not in files:
        return
    form, wrong = _json("personalization.json", files)
    yield from wrong
    if form is not None:
        yield from broken_personalization(form, files)
    if body is not None and "nfc" not in body:
        yield Broken("A51", "personalization.json", "needs nfc in pass.json")


def _json(path: str, files: Mapping[str, bytes]) -> tuple[dict[str, Any] | None, list[Broken]]:
    if path not in files:
        return None, []
    try:
        return parse_exact(files[path]), []
    except ValueError as error:
        return None, [Broken("A11", path, str(error))]
