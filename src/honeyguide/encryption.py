"""Columns that need not be searched are sealed with AES-256-GCM, each bound to its row; the newest key seals, every known key opens."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = 1
_HEADER = struct.Struct(">B4s")  # version, key id; then nonce, ciphertext, tag
_NONCE_BYTES = 12  # random: one key may seal 2^32 values before two nonces meet (NIST SP 800-38D, 8.3), a program has far fewer
_TAG_BYTES = 16
_KEY_BYTES = 32

OVERHEAD = _HEADER.size + _NONCE_BYTES + _TAG_BYTES


class Undecipherable(Exception):
    """Changed, of another row, or sealed under a key that is gone; the message never holds what was sealed."""


@dataclass(frozen=True, slots=True)
class _Key:
    id: bytes
    cipher: AESGCM = field(repr=False)


class Cipher:
    """Seals and opens under keys of 32 bytes, newest first; `Cipher.of` derives them from the installation's secret keys."""

    __slots__ = ("_keys", "_newest")

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise ValueError(f"a cipher needs keys of {_KEY_BYTES} bytes")
        known = [_Key(_derive(key, b"honeyguide key id v1", 4), AESGCM(key)) for key in keys]
        self._newest = known[0]
        # Two keys share an id once in 2^32: both are tried then.
        self._keys = tuple(known)

    @staticmethod
    def of(secrets: Iterable[bytes], purpose: bytes) -> Cipher:
        """Keys for one purpose only, from the secret keys, newest first."""
        return Cipher(tuple(column_key(secret, purpose) for secret in secrets))

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """`context` names the row and column, and is needed again to open: a value moved to another row does not open there."""
        header, nonce = _HEADER.pack(_VERSION, self._newest.id), os.urandom(_NONCE_BYTES)
        return header + nonce + self._newest.cipher.encrypt(nonce, plain, header + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Raises Undecipherable."""
        if len(sealed) < OVERHEAD or sealed[0] != _VERSION:
            raise Undecipherable("no sealed value of a known version")
        header, key_id = sealed[: _HEADER.size], sealed[1 : _HEADER.size]
        nonce, rest = sealed[_HEADER.size : _HEADER.size + _NONCE_BYTES], sealed[_HEADER.size + _NONCE_BYTES :]
        for key in self._keys:
            if key.id == key_id:
                try:
                    return key.cipher.decrypt(nonce, rest, header + context)
                except InvalidTag:
                    continue
        known = any(key.id == key_id for key in self._keys)
        raise Undecipherable("changed, or of another row" if known else f"sealed under the key {key_id.hex()}, which is not known")

    def needs_rotation(self, sealed: bytes) -> bool:
        """Sealed under a former key: seal it again before that key is taken out of the settings."""
        return sealed[: _HEADER.size] != _HEADER.pack(_VERSION, self._newest.id)


def column_key(secret: bytes, purpose: bytes) -> bytes:
    """The key of one purpose: HKDF-SHA256, so that no other key of this installation tells anything about it."""
    return _derive(secret, b"honeyguide column v1 " + purpose, _KEY_BYTES)


def row_context(column: bytes, *ids: UUID) -> bytes:
    """The context of one column of one row: its name and the row's key, of which no two write the same bytes."""
    return len(column).to_bytes(1, "big") + column + b"".join(one.bytes for one in ids)


def _derive(secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)
