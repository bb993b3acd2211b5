"""A .pkpasses file: several passes that a phone adds at once (A47); pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from honeyguide.wallet.apple.package import lay_out_zip

MOST_PASSES: Final = 10
LARGEST_BUNDLE: Final = 150_000_000


def bundle(packages: Sequence[bytes]) -> bytes:
    """A zip of the .pkpass files, as many from the first one on as there may be."""
    files = dict[str, bytes]()
    size = 0
    for number, package in enumerate(packages[:MOST_PASSES], 1):
        size += len(package) + 200  # and what the zip says of it
        if size > LARGEST_BUNDLE:
            break
        files[f"pass{number}.pkpass"] = package
    return lay_out_zip(files)
