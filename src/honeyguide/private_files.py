"""Folders and the secret that a machine makes for itself: for their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def kept_secret(folder: Path) -> str:
    """Two processes that start together must agree: the first to create the file wins."""
    make_private(folder)
    path = folder / "secret"
    draft = folder / f"secret.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def make_private(folder: Path) -> None:
    """The folder and what is missing above it, for its owner alone; through root's data folder the embedded server's user passes."""
    for one in (*reversed(folder.parents), folder):
        if not one.exists():
            one.mkdir(mode=0o711 if os.geteuid() == 0 and one != folder else 0o700, exist_ok=True)
