"""Keys that the demo or development made up: they work on this machine only, so `serve`, `worker` and `doctor` refuse them elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from honeyguide.doctor.exposure import is_exposed
from honeyguide.doctor.finding import Finding, failure
from honeyguide.identity.keys import MADE_UP
from honeyguide.settings import Settings
from honeyguide.wallet.apple.signer import SigningRefused, read_certificate
from honeyguide.wallet.certificates.files import configured_files
from honeyguide.wallet.certificates.of_settings import DEVELOPMENT
from honeyguide.wallet.google.account import DEVELOPMENT_EMAIL

_FEW_CHARACTERS = 10  # 32 hexadecimal digits from a good source have fewer once in a hundred million times
_WORDS = re.compile(r"change.?me|example|honeyguide|password|secret.?key|your.?secret|0123456789", re.IGNORECASE)
_SECRET = "openssl rand -hex 32, into HONEYGUIDE_SECRET_KEY"  # noqa: S105 - how to make one


def refused_demo_keys(settings: Settings) -> list[Finding]:
    """Failures, none on loopback."""
    return list(_demo_keys(settings)) if is_exposed(settings) else []


def _demo_keys(settings: Settings) -> Iterator[Finding]:
    if settings.secret_key is None or settings.secret_key.get_secret_value() == _kept(settings.keys_dir / "secret"):
        yield failure("the secret key is the one that development made up", _SECRET)
    elif is_weak(settings.secret_key.get_secret_value()):
        yield failure("the secret key is an example, or can be guessed", _SECRET)
    if _signing_key_is_made_up(settings.keys_dir / "tokens"):
        yield failure(
            "access tokens are signed with the key that development made up",
            "openssl genpkey -algorithm ed25519, into keys/tokens/ of the data folder; then remove the old file",
        )
    if _passes_are_from_development(settings):
        yield failure("passes are signed by the development CA", "set HONEYGUIDE_APPLE_CERTIFICATE, _KEY and _WWDR to Apple's")
    if settings.google_service_account_file is not None and _account(settings.google_service_account_file) == DEVELOPMENT_EMAIL:
        yield failure("Google's service account is the made-up one", "set HONEYGUIDE_GOOGLE_SERVICE_ACCOUNT_FILE to your issuer's")


def is_weak(secret: str) -> bool:
    return len(set(secret)) < _FEW_CHARACTERS or _WORDS.search(secret) is not None


def _kept(file: Path) -> str | None:
    try:
        return file.read_text().strip()
    except OSError:
        return None


def _signing_key_is_made_up(folder: Path) -> bool:
    """Only the one that signs, the last by name: what the others verify, runs out by itself."""
    signing = b""
    for path in sorted(folder.glob("*.pem")):
        content = path.read_bytes()
        signing = content if b"PRIVATE KEY" in content else signing
    return signing.startswith(MADE_UP)


def _passes_are_from_development(settings: Settings) -> bool:
    if settings.apple_certificate is None or settings.apple_wwdr is None:
        return settings.environment == "development"
    return any(_is_from_development(one.certificate) for one in configured_files(settings))


def _is_from_development(file: Path) -> bool:
    try:
        certificate = read_certificate(file)
    except SigningRefused:
        return False  # the check of certificates says what is wrong with it, and a .p12 is none of ours
    return any(_organization(name) == DEVELOPMENT for name in (certificate.subject, certificate.issuer))


def _organization(name: x509.Name) -> str:
    values = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(values[0].value) if values else ""


def _account(file: Path) -> str | None:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return content.get("client_email") if isinstance(content, dict) else None
