"""Google's side of callbacks, as its documentation describes it: root key, intermediate key, signed message."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FAR = 4_000_000_000_000  # the year 2096 in milliseconds


def spki(key: ec.EllipticCurvePrivateKey) -> str:
    return b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def signed(key: ec.EllipticCurvePrivateKey, *parts: str) -> str:
    raw = b"".join(len(part.encode()).to_bytes(4, "little") + part.encode() for part in parts)
    return b64encode(key.sign(raw, ec.ECDSA(SHA256()))).decode()


@dataclass
class GoogleSigner:
    """Signs callbacks to one issuer; each attribute may be spoilt."""

    issuer_id: str
    root: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    between: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    sender: str = "GooglePayPasses"
    protocol: str = "ECv2SigningOnly"
    root_expires: int = FAR
    between_expires: int = FAR

    def keys(self) -> dict[str, Any]:
        """The published list, with a key of another protocol and one that nobody can read."""
        ours = {"keyValue": spki(self.root), "protocolVersion": self.protocol, "keyExpiration": str(self.root_expires)}
        other = {"keyValue": spki(self.between), "protocolVersion": "ECv1"}
        return {"keys": [other, {"keyValue": "AAAA", "protocolVersion": "ECv2SigningOnly", "keyExpiration": "1"}, ours]}

    def callback(self, event: str, object_id: str, class_id: str, *, at: int = FAR, nonce: str = "n-1", **more: Any) -> dict[str, Any]:
        message = {"classId": class_id, "objectId": object_id, "eventType": event, "expTimeMillis": at, "nonce": nonce, **more}
        text = json.dumps(message, ensure_ascii=False)
        key = json.dumps({"keyValue": spki(self.between), "keyExpiration": str(self.between_expires)})
        return {
            "signature": signed(self.between, self.sender, self.issuer_id, self.protocol, text),
            "intermediateSigningKey": {"signedKey": key, "signatures": [signed(self.root, self.sender, self.protocol, key)]},
            "protocolVersion": "ECv2SigningOnly",
            "signedMessage": text,
        }
