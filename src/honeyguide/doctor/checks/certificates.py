"""What signs passes and pushes: there, whole, and good for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from honeyguide.doctor.finding import Examined, Finding, failure, good, warning
from honeyguide.settings import Settings
from honeyguide.wallet.apple.signer import Signer, SigningFiles, SigningRefused, read_certificate

_SOON = timedelta(days=30)
_RENEW = "renew it at Apple for the same pass type, replace file and key, restart server and worker"


async def check(examined: Examined) -> Sequence[Finding]:
    settings = examined.settings
    files = _files(settings)
    if files is None:
        what = "set HONEYGUIDE_APPLE_CERTIFICATE, HONEYGUIDE_APPLE_KEY and HONEYGUIDE_APPLE_WWDR, if iPhones are to have passes"
        return [warning("no certificate is configured: there are no passes for iPhones", what)]
    try:
        signer = Signer.load(
            files,
            pass_type_id=settings.apple_pass_type_id,
            team_id=settings.apple_team_id,
            clock=lambda: examined.now,
            development=settings.environment == "development",
        )
    except SigningRefused as refused:
        return [failure(f"no pass can be signed: {refused}", "put certificate, key and intermediate of one kind beside each other")]
    signer.close()
    ends = {"pass certificate": signer.expires_at, "WWDR certificate": read_certificate(files.intermediate).not_valid_after_utc}
    soon = [warning(f"the {name} ends on {end:%Y-%m-%d}", _RENEW) for name, end in ends.items() if end - examined.now < _SOON]
    return soon or [good(f"passes can be signed until {min(ends.values()):%Y-%m-%d}")]


def _files(settings: Settings) -> SigningFiles | None:
    """The configured files, or those that development made; nothing is made here."""
    if settings.apple_certificate and settings.apple_wwdr:
        key = settings.apple_key or settings.apple_certificate
        return SigningFiles(settings.apple_certificate, key, settings.apple_wwdr, settings.apple_key_password)
    folder = settings.data_dir / "apple"
    if settings.environment == "development" and (folder / "pass.pem").exists():
        return SigningFiles(folder / "pass.pem", folder / "pass.key", folder / "wwdr.pem")
    return None
