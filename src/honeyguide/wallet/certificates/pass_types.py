"""Whose pass type a program's passes are of, and which certificate signs them now: the newest that is valid (A8, X2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from honeyguide.wallet.apple.pass_json import PassIdentity
from honeyguide.wallet.apple.signer import Signer, SigningRefused
from honeyguide.wallet.certificates.of_settings import CertificateMissing


@dataclass(frozen=True, slots=True)
class PassType:
    """One pass type: what its passes say of their issuer, and the certificates that may sign them, newest first."""

    identity: PassIdentity
    signers: tuple[Signer, ...] = ()
    program_id: UUID | None = None  # None: that of the settings, for every program without its own

    @classmethod
    def of(cls, identity: PassIdentity, signers: Iterable[Signer], now: datetime, program_id: UUID | None = None) -> PassType:
        """`with_nfc` follows the certificate that signs now (A21)."""
        ordered = tuple(sorted(signers, key=lambda one: (one.valid_from, one.expires_at), reverse=True))
        signing = next((one for one in ordered if one.is_valid(now)), None)
        return cls(replace(identity, with_nfc=signing is not None and signing.with_nfc), ordered, program_id)

    @property
    def name(self) -> str:
        return self.identity.pass_type_id

    def is_usable(self, now: datetime) -> bool:
        """Whether a certificate is valid now."""
        return any(one.is_valid(now) for one in self.signers)

    def signer(self, now: datetime) -> Signer:
        """The newest certificate that is valid; raises CertificateMissing, or SigningRefused where all have ended or none has begun."""
        if not self.signers:
            raise CertificateMissing(f"no certificate to sign {self.name} with is configured")
        for one in self.signers:
            if one.is_valid(now):
                return one
        newest = self.signers[0]
        raise SigningRefused(
            f"A5: the newest certificate of {self.name} is valid from {newest.valid_from:%Y-%m-%d} to {newest.expires_at:%Y-%m-%d}"
        )


class PassTypes:
    """That of the settings, and those that single programs have of their own; replaced while the process runs."""

    def __init__(self, shared: PassType) -> None:
        self.shared = shared
        self._own: Mapping[UUID, PassType] = MappingProxyType({})
        self._is_read = True

    def __iter__(self) -> Iterator[PassType]:
        yield self.shared
        yield from self._own.values()

    def of(self, program_id: UUID) -> PassType:
        """Raises CertificateMissing while nobody knows whether the program has its own: a wrong pass type could never be mended."""
        if not self._is_read:
            raise CertificateMissing("the programs' own certificates could not be read yet")
        return self._own.get(program_id, self.shared)

    def known_of(self, program_id: UUID) -> PassType | None:
        """None while the programs' own could not be read."""
        return self._own.get(program_id, self.shared) if self._is_read else None

    def knows(self, pass_type_id: str) -> bool:
        """Whether any program's passes are of it; raises CertificateMissing while that is unknown: a phone that hears no gives up."""
        if any(one.name == pass_type_id for one in self):
            return True
        if not self._is_read:
            raise CertificateMissing("the programs' own certificates could not be read yet")
        return False

    def offers_apple(self, program_id: UUID) -> bool:
        """Whether there are passes for iPhones; also while their certificate has ended: then they come back later."""
        return self._is_read and bool(self.of(program_id).signers)

    def wait_for_own(self) -> None:
        """Answer for no program until `replace` has told of the programs' own."""
        self._is_read = False

    def replace(self, shared: PassType, own: Mapping[UUID, PassType]) -> None:
        self.shared, self._own, self._is_read = shared, MappingProxyType(dict(own)), True
