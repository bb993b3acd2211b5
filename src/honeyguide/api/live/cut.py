"""Cuts a connection without a word, for nothing more gets through to who does not read."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Scope


def cut(scope: Scope) -> None:
    """The server's own protocol knows how (serving/)."""
    abort: Callable[[], object] | None = scope.get("state", {}).get("abort")
    if abort is not None:
        abort()
