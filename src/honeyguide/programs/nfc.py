"""What a pass says to terminals by NFC, and under which key; pure."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import Annotated, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from honeyguide.programs.scalars import Flag, Part

LONGEST_MESSAGE = 64  # bytes (A21)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# SubjectPublicKeyInfo of ecPublicKey on prime256v1, up to its point of 33 bytes; `cryptography` writes points of 65 only.
_COMPRESSED_P256 = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
# How long each can be: what is filled in must still fit.
_FILLED = {"barcode": 20, "member.number": 13, "program.code": 40}


@lru_cache(maxsize=64)  # of programs there are few, of passes many
def compressed_key(text: str) -> str | None:
    """The point of P-256 in base64 of a SubjectPublicKeyInfo, compressed; None for anything else.

    Apple's page says only what the structure is; Wallet reads the compressed form alone and else refuses the pass (A21).
    """
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        return None
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return base64.b64encode(_COMPRESSED_P256 + point).decode("ascii")


def _key(value: Any) -> Any:
    """As makers of terminals hand it out, the point whole or compressed."""
    key = compressed_key(value.strip()) if isinstance(value, str) else None
    if key is None:
        raise PydanticCustomError(
            "honeyguide", "no public key: base64 of a SubjectPublicKeyInfo of the curve P-256, as the terminal's maker gives it"
        )
    return key


def _message(value: Any) -> Any:
    names = _PLACEHOLDER.findall(value) if isinstance(value, str) else []
    if not isinstance(value, str) or not value or set(names) - set(_FILLED):
        raise PydanticCustomError("honeyguide", "no message: a text with {{barcode}}, {{member.number}} or {{program.code}}")
    if len(_PLACEHOLDER.sub("", value).encode()) + sum(_FILLED[name] for name in names) > LONGEST_MESSAGE:
        raise PydanticCustomError("honeyguide", "a message of more than 64 bytes, which no terminal reads")
    return value


class PassNfc(Part):
    """Needs a certificate "Pass Type ID with NFC", which Apple gives on request; under another one passes go without."""

    message: Annotated[str, BeforeValidator(_message), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 64})] = Field(
        "{barcode}", description="What terminals read: `{barcode}`, `{member.number}`, `{program.code}` and plain text, 64 bytes at most."
    )
    encryption_public_key: Annotated[str, BeforeValidator(_key), WithJsonSchema({"type": "string"})] = Field(
        description="The terminals' public key of P-256, as base64 of its SubjectPublicKeyInfo."
    )
    requires_authentication: Flag = Field(False, description="Whether the phone must be unlocked to show it; default no.")
