"""What a pass says to terminals by NFC, and under which key; pure."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import Annotated, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from honeyguide.programs.scalars import Flag, Part

LONGEST_MESSAGE = 64  # bytes (A21)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# How long each can be: what is filled in must still fit.
_FILLED = {"barcode": 20, "member.number": 13, "program.code": 40}


@lru_cache(maxsize=64)  # of programs there are few, of passes many
def is_p256_key(text: str) -> bool:
    """Whether this is base64 of a SubjectPublicKeyInfo of a point of P-256, compressed or not."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return False
    return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)


def _key(value: Any) -> Any:
    if not isinstance(value, str) or not is_p256_key(value.strip()):
        raise PydanticCustomError(
            "honeyguide", "no public key: base64 of a SubjectPublicKeyInfo of the curve P-256, as the terminal's maker gives it"
        )
    return value.strip()


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
