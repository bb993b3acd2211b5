"""The tag that phones keep: opaque to them, an epoch and a commit-ordered number to us; pure (A43)."""

from __future__ import annotations

import re

_TAG = re.compile(r"(\d{1,10})\.(\d{1,18})", re.ASCII)


def tag_text(epoch: int, tag: int) -> str:
    return f"{epoch}.{tag}"


def tag_after(text: str | None, epoch: int, newest: int) -> int:
    """The number after which to list; a tag that is missing, not ours, of another epoch or of the future counts as absent."""
    match = _TAG.fullmatch(text or "")
    return number if match and int(match[1]) == epoch and (number := int(match[2])) <= newest else 0
