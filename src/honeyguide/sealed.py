"""Sealed notes: what we hand out, store nowhere, and know again as ours when it comes back; pure."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import overload

_SEAL_BYTES = 16


@dataclass(frozen=True, slots=True)
class Keys:
    """A key and the ones that it replaced: the newest seals, each of them opens."""

    newest: bytes = field(repr=False)
    former: tuple[bytes, ...] = field(default=(), repr=False)

    def __iter__(self) -> Iterator[bytes]:
        yield self.newest
        yield from self.former


SealKey = bytes | Keys


@overload
def purpose_key(secret_key: bytes, purpose: str) -> bytes: ...


@overload
def purpose_key(secret_key: Keys, purpose: str) -> Keys: ...


def purpose_key(secret_key: SealKey, purpose: str) -> SealKey:
    """A key for one purpose ("handle v1"), so that no other HMAC of this installation can ever pass for one of it."""
    if isinstance(secret_key, Keys):
        newest, *former = [purpose_key(secret, purpose) for secret in secret_key]
        return Keys(newest, tuple(former))
    return hmac.digest(secret_key, f"honeyguide {purpose}".encode(), "sha256")


def seal(key: SealKey, note: bytes, context: bytes = b"") -> str:
    """The note in URL-safe letters, which anybody can read; `context` is sealed in and not written down."""
    return _spelled(note + _seal(next(_all(key)), note, context))


def opened(key: SealKey, text: str, size: int | range, context: bytes = b"") -> bytes | None:
    """The note of `size` bytes, or None: changed, cut, of another key or context - nobody is told which."""
    sizes = range(size, size + 1) if isinstance(size, int) else size
    if context and len(sizes) > 1:
        # Bytes could move between the two, and one seal would fit both readings.
        raise ValueError("a note of several sizes says everything itself")
    if not text.isascii() or not _letters(sizes[0]) <= len(text) <= _letters(sizes[-1]):
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    # base64 has several spellings of the same bytes; ours is the only one that counts.
    if len(raw) - _SEAL_BYTES not in sizes or _spelled(raw) != text:
        return None
    note, seal_given = raw[:-_SEAL_BYTES], raw[-_SEAL_BYTES:]
    return note if any(hmac.compare_digest(seal_given, _seal(one, note, context)) for one in _all(key)) else None


def _all(key: SealKey) -> Iterator[bytes]:
    return iter((key,)) if isinstance(key, bytes) else iter(key)


def _seal(key: bytes, note: bytes, context: bytes) -> bytes:
    return hmac.digest(key, context + note, "sha256")[:_SEAL_BYTES]


def _spelled(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _letters(size: int) -> int:
    return -(-(size + _SEAL_BYTES) * 4 // 3)
