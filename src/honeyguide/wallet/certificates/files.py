"""Where the certificates of the settings lie: one file, or a folder that holds a certificate and its successors."""

from __future__ import annotations

from pathlib import Path

from honeyguide.settings import Settings
from honeyguide.wallet.apple.signer import SigningFiles

MOST_CERTIFICATES = 20
_CERTIFICATES = (".pem", ".cer", ".crt", ".p12", ".pfx")


def configured_files(settings: Settings) -> tuple[SigningFiles, ...]:
    """The certificates that the settings name, with their keys; none where nothing is configured, or the folder is empty.

    In a folder the key of x.pem is x.key, or stands in x.pem itself; a .p12 holds both.
    """
    if settings.apple_certificate is None or settings.apple_wwdr is None:
        return ()
    place = settings.apple_certificate
    if not place.is_dir():
        return (SigningFiles(place, settings.apple_key or place, settings.apple_wwdr, settings.apple_key_password),)
    found = sorted(path for path in place.iterdir() if path.suffix in _CERTIFICATES and not path.name.startswith("."))
    return tuple(
        SigningFiles(path, _key_of(path, settings.apple_key), settings.apple_wwdr, settings.apple_key_password)
        for path in found[:MOST_CERTIFICATES]
    )


def state_of(files: tuple[SigningFiles, ...]) -> object:
    """Changes with each file that comes, goes, or is written to."""
    paths = dict.fromkeys(path for one in files for path in (one.certificate, one.key, one.intermediate))
    return tuple((path, _stat(path)) for path in paths)


def _key_of(certificate: Path, common: Path | None) -> Path:
    """One key may serve several certificates: Apple renews on the same request."""
    own = certificate.with_suffix(".key")
    if own.exists():
        return own
    return common if common is not None and common.is_file() and certificate.suffix not in (".p12", ".pfx") else certificate


def _stat(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
