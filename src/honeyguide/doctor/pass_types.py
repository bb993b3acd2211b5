"""The pass types of an installation as its processes would load them; nothing is made."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
from pydantic import SecretStr

from honeyguide.doctor.finding import Examined, Finding, failure
from honeyguide.settings import Settings
from honeyguide.wallet.apple.signer import Signer, SigningFiles, SigningRefused, read_material
from honeyguide.wallet.certificates.files import configured_files
from honeyguide.wallet.certificates.pass_types import PassType
from honeyguide.wallet.certificates.signing import new_signer, pass_identity
from honeyguide.wallet.credentials import store
from honeyguide.wallet.credentials.own import Own, opened

_FIT = "put certificate, key and intermediate (WWDR G4) of one kind beside each other, for this pass type and team"
_AGAIN = "bring it again: honeyguide credentials add-apple, or add-google"


def shared(examined: Examined) -> tuple[PassType | None, list[Finding]]:
    """That of the settings, and what is wrong with its files; None where no certificate is configured."""
    settings = with_secret(examined.settings)
    files = signing_files(settings)
    if not files:
        return None, []
    identity = pass_identity(settings, settings.apple_pass_type_id, settings.apple_team_id)
    signers: list[Signer] = []
    found: list[Finding] = []
    for one in files:
        try:
            signers.append(new_signer(settings, lambda: examined.now, identity, read_material(one)))
        except SigningRefused as refused:
            found.append(failure(f"{one.certificate.name} signs no pass: {refused}", _FIT))
    return PassType.of(identity, signers, examined.now), found


async def own(examined: Examined) -> tuple[Own, list[Finding]]:
    """What programs brought, and what of it does not open or fit."""
    settings = with_kept_secret(examined.settings)
    if examined.database is None or settings.secret_key is None:
        return Own(), []
    try:
        rows = await store.credentials(examined.database)
    except asyncpg.UndefinedTableError:
        return Own(), []  # the check of the database says what is missing
    troubles: list[str] = []
    found = opened(rows, settings, lambda: examined.now, lambda issuer, one, error: troubles.append(f"{issuer.name}: {error}"))
    return found, [failure(f"what a program brought cannot be used: {told}", _AGAIN) for told in troubles]


def signing_files(settings: Settings) -> Sequence[SigningFiles]:
    """The configured files, or those that development made."""
    if settings.apple_certificate and settings.apple_wwdr:
        return configured_files(settings)
    folder = settings.data_dir / "apple"
    if settings.environment == "development" and (folder / "pass.pem").exists():
        return [SigningFiles(folder / "pass.pem", folder / "pass.key", folder / "wwdr.pem")]
    return []


def with_kept_secret(settings: Settings) -> Settings:
    """Development keeps the secret key that it made in the data folder, and sealed with it what programs brought."""
    if settings.secret_key is not None or settings.environment != "development":
        return settings
    try:
        kept = (settings.keys_dir / "secret").read_text().strip()
    except OSError:
        return settings
    return settings.model_copy(update={"secret_key": SecretStr(kept)})


def with_secret(settings: Settings) -> Settings:
    """An identity takes the secret key, on which nothing that is checked here depends."""
    return settings if settings.secret_key is not None else settings.model_copy(update={"secret_key": SecretStr("-" * 32)})
