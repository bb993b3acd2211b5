"""What Google signs when somebody saves or deletes a pass: ECv2SigningOnly, verified by our own few lines (G18, G19); pure."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

PROTOCOL: Final = "ECv2SigningOnly"
_SENDER: Final = "GooglePayPasses"
_LONGEST: Final = 1_000  # of an id, a nonce, a key
_MOST_SIGNATURES: Final = 10


class CallbackInvalid(ValueError):
    """Not Google's, not for us, or no callback at all; the message is a word of ours, nothing of the body."""


@dataclass(frozen=True, slots=True)
class RootKey:
    """One of Google's root keys; the intermediate keys that it signs are checked with it until `expires_ms`."""

    key: EllipticCurvePublicKey
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback by its form; nothing of it is believed before `verified`."""

    signature: bytes = field(repr=False)
    signed_key: str
    key_signatures: tuple[bytes, ...] = field(repr=False)
    signed_message: str


@dataclass(frozen=True, slots=True)
class SavedOrDeleted:
    """What happened to an object; `expires_ms` orders the events of one object, `nonce` tells a repetition."""

    class_id: str
    object_id: str
    is_saved: bool
    expires_ms: int
    nonce: str


def read_callback(body: bytes) -> Callback:
    """Raises CallbackInvalid."""
    content = _object(body)
    if content.get("protocolVersion") != PROTOCOL:
        raise CallbackInvalid("protocol")
    between = content.get("intermediateSigningKey")
    signatures = between.get("signatures") if isinstance(between, dict) else None
    if not isinstance(between, dict) or not isinstance(signatures, list) or not 1 <= len(signatures) <= _MOST_SIGNATURES:
        raise CallbackInvalid("intermediate key")
    return Callback(
        _base64(content.get("signature")),
        _text(between.get("signedKey"), 10_000),
        tuple(_base64(one) for one in signatures),
        _text(content.get("signedMessage"), 10_000),
    )


def verified(callback: Callback, roots: Sequence[RootKey], issuer_id: str, now: datetime) -> SavedOrDeleted:
    """What Google said to this issuer, the configured one and never the message's; raises CallbackInvalid."""
    now_ms = int(now.timestamp() * 1000)
    signed = _lengths(_SENDER, PROTOCOL, callback.signed_key)
    valid = [root.key for root in roots if root.expires_ms > now_ms]
    if not any(_signed_by(key, one, signed) for key in valid for one in callback.key_signatures):
        raise CallbackInvalid("intermediate signature")
    between = _object(callback.signed_key.encode())
    if _milliseconds(between.get("keyExpiration")) <= now_ms:
        raise CallbackInvalid("intermediate key expired")
    message_key = public_key(between.get("keyValue"))
    if not _signed_by(message_key, callback.signature, _lengths(_SENDER, issuer_id, PROTOCOL, callback.signed_message)):
        raise CallbackInvalid("signature")
    return _event(_object(callback.signed_message.encode()), issuer_id, now_ms)


def root_keys(body: bytes) -> list[RootKey]:
    """The keys of Google's published list that sign this protocol; one that cannot be read is passed over. Raises CallbackInvalid."""
    keys = _object(body).get("keys")
    if not isinstance(keys, list):
        raise CallbackInvalid("keys")
    found = []
    for one in keys[:50]:
        if isinstance(one, dict) and one.get("protocolVersion") == PROTOCOL:
            try:
                found.append(RootKey(public_key(one.get("keyValue")), _milliseconds(one.get("keyExpiration"))))
            except CallbackInvalid:
                continue
    return found


def public_key(value: object) -> EllipticCurvePublicKey:
    """A P-256 key as SubjectPublicKeyInfo in base64; raises CallbackInvalid."""
    try:
        key = load_der_public_key(_base64(value))
    except (ValueError, TypeError) as error:
        raise CallbackInvalid("key") from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise CallbackInvalid("key")
    return key


def _event(message: dict[str, Any], issuer_id: str, now_ms: int) -> SavedOrDeleted:
    kind, expires_ms = message.get("eventType"), _milliseconds(message.get("expTimeMillis"))
    class_id, object_id = _text(message.get("classId")), _text(message.get("objectId"))
    if kind not in ("save", "del"):
        raise CallbackInvalid("event type")
    if expires_ms <= now_ms:
        raise CallbackInvalid("expired")
    if not (class_id.startswith(f"{issuer_id}.") and object_id.startswith(f"{issuer_id}.")):
        raise CallbackInvalid("issuer")
    return SavedOrDeleted(class_id, object_id, kind == "save", expires_ms, _text(message.get("nonce")))


def _lengths(*parts: str) -> bytes:
    """Each part behind its length in bytes, not in characters: four bytes, little end first."""
    return b"".join(len(raw := part.encode()).to_bytes(4, "little") + raw for part in parts)


def _signed_by(key: EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _object(raw: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(raw)
    except ValueError as error:
        raise CallbackInvalid("json") from error
    if not isinstance(content, dict):
        raise CallbackInvalid("json")
    return content


def _text(value: object, longest: int = _LONGEST) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or "\x00" in value:
        raise CallbackInvalid("text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise CallbackInvalid("text") from error
    return value


def _base64(value: object) -> bytes:
    try:
        return b64decode(_text(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CallbackInvalid("base64") from error


def _milliseconds(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**15:
        raise CallbackInvalid("time")
    return value
