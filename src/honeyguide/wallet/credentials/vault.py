"""Seals what a program brings to Apple or Google; each value opens for its own program and row only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from honeyguide.encryption import Cipher, row_context
from honeyguide.sealed import Keys
from honeyguide.wallet.apple.signer import SigningMaterial

PURPOSE = b"wallet credentials"


def context_of(program_id: UUID, credential_id: UUID) -> bytes:
    return row_context(b"wallet_credential.sealed", program_id, credential_id)


@dataclass(frozen=True, slots=True)
class CredentialVault:
    """Whoever has the database without the secret key has no key of Apple's or Google's."""

    cipher: Cipher

    @classmethod
    def of(cls, secrets: Keys) -> CredentialVault:
        return cls(Cipher.of(secrets, PURPOSE))

    def seal_material(self, material: SigningMaterial, program_id: UUID, credential_id: UUID) -> bytes:
        parts = [
            material.certificate.public_bytes(Encoding.DER),
            material.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            material.intermediate.public_bytes(Encoding.DER),
        ]
        return self.cipher.seal(b"".join(len(part).to_bytes(4, "big") + part for part in parts), context_of(program_id, credential_id))

    def open_material(self, sealed: bytes, program_id: UUID, credential_id: UUID) -> SigningMaterial:
        """Raises Undecipherable."""
        plain, parts = self.cipher.open(sealed, context_of(program_id, credential_id)), []
        while plain:
            size = int.from_bytes(plain[:4], "big")
            parts.append(plain[4 : 4 + size])
            plain = plain[4 + size :]
        certificate, key, intermediate = parts
        loaded = load_der_private_key(key, None)
        assert isinstance(loaded, RSAPrivateKey)  # nothing else is ever sealed
        return SigningMaterial(x509.load_der_x509_certificate(certificate), loaded, x509.load_der_x509_certificate(intermediate))

    def seal_account(self, account: dict[str, Any], program_id: UUID, credential_id: UUID) -> bytes:
        return self.cipher.seal(orjson.dumps(account), context_of(program_id, credential_id))

    def open_account(self, sealed: bytes, program_id: UUID, credential_id: UUID) -> dict[str, Any]:
        """Raises Undecipherable."""
        account: dict[str, Any] = orjson.loads(self.cipher.open(sealed, context_of(program_id, credential_id)))
        return account
