"""The data folder and the files of keys belong to us alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from honeyguide.doctor.finding import Examined, Finding, failure, good
from honeyguide.settings import Settings
from honeyguide.wallet.certificates.files import configured_files

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Entering is allowed: root's embedded server runs as a system user, which passes through to its own folder.
_READ_OR_WRITE = _OTHERS & ~(stat.S_IXGRP | stat.S_IXOTH)


async def check(examined: Examined) -> Sequence[Finding]:
    return list(_troubles(examined.settings)) or [good("data folder and key files are readable by their owner alone")]


def _troubles(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if folder.exists() and folder.stat().st_mode & _READ_OR_WRITE:
        yield failure(f"the data folder {folder} can be read or changed by others", f"chmod go-rw {folder}")
    for file in _secret_files(settings):
        if not os.access(file, os.R_OK):
            yield failure(f"{file} cannot be read by this user", "run doctor as the user that serves, and let the file belong to it")
        elif file.stat().st_mode & _OTHERS:
            yield failure(f"{file} holds a secret and can be read by others", f"chmod 600 {file}")


def _secret_files(settings: Settings) -> Iterator[Path]:
    given = [path for path in (settings.apple_key, settings.google_service_account_file) if path is not None]
    if settings.apple_key is None and settings.apple_certificate is not None:
        # Then the key stands in the same file, or in one beside it.
        given += [one.key for one in configured_files(settings)] or [settings.apple_certificate]
    made = [path for name in ("keys", "apple", "google") for path in (settings.data_dir / name).rglob("*")]
    for path in dict.fromkeys([*given, *sorted(made)]):
        if path.is_file() and (path in given or path.name == "secret" or path.suffix in (".key", ".json") or _is_private_key(path)):
            yield path


def _is_private_key(path: Path) -> bool:
    try:
        return path.suffix == ".pem" and b"PRIVATE KEY" in path.read_bytes()[:4096]
    except OSError:
        return True
