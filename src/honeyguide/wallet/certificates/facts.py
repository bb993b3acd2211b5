"""What is known of the certificates that this process works with, without their keys: for operators, metrics and warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from honeyguide.wallet.apple.signer import Signer
from honeyguide.wallet.certificates.expiry import CertificateStanding, CertificateUse, End, reached
from honeyguide.wallet.certificates.pass_types import PassType


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """One use of one certificate; `program_id` None: that of the settings. `fingerprint` is its SHA-256 in hexadecimal digits."""

    pass_type: str
    program_id: UUID | None
    use: CertificateUse
    fingerprint: str
    valid_from: datetime
    valid_until: datetime
    standing: CertificateStanding


def facts_of(pass_types: Iterable[PassType], now: datetime) -> list[CertificateFacts]:
    """By pass type, those that sign first, the newest first of all."""
    return [fact for one in pass_types for fact in _facts(one, now)]


def ends_of(pass_types: Iterable[PassType]) -> list[End]:
    """Until when each pass type can be signed and pushed: a spare certificate puts the end off."""
    return [end for one in pass_types if one.signers for end in _ends(one)]


def health_of(pass_types: Iterable[PassType], now: datetime) -> str:
    """One word for whoever watches from outside: none, good, ending (a warning is due) or ended."""
    reachings = [reached(end.at, now) for end in ends_of(pass_types)]
    if not reachings:
        return "none"
    return "ended" if 0 in reachings else "ending" if any(days is not None for days in reachings) else "good"


def _facts(one: PassType, now: datetime) -> Iterator[CertificateFacts]:
    signing = next((signer for signer in one.signers if signer.is_valid(now)), None)
    for signer in one.signers:
        yield _fact(one, CertificateUse.SIGNING, signer.material.certificate, now, in_use=signer is signing)
    if signing is not None:
        yield _fact(one, CertificateUse.PUSH, signing.material.certificate, now, in_use=True)
    seen: dict[x509.Certificate, bool] = {}
    for signer in one.signers:
        seen.setdefault(signer.material.intermediate, signer is signing)
        seen[signer.material.intermediate] |= signer is signing
    for intermediate, in_use in seen.items():
        yield _fact(one, CertificateUse.INTERMEDIATE, intermediate, now, in_use=in_use)


def _fact(one: PassType, use: CertificateUse, certificate: x509.Certificate, now: datetime, *, in_use: bool) -> CertificateFacts:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begin:
        standing = CertificateStanding.NOT_YET_VALID
    elif now > end:
        standing = CertificateStanding.EXPIRED
    else:
        standing = CertificateStanding.IN_USE if in_use else CertificateStanding.SPARE
    return CertificateFacts(one.name, one.program_id, use, certificate.fingerprint(hashes.SHA256()).hex(), begin, end, standing)


def _ends(one: PassType) -> Iterator[End]:
    last: Signer = max(one.signers, key=lambda signer: signer.expires_at)
    yield End(one.name, CertificateUse.SIGNING, last.material.certificate.not_valid_after_utc)
    yield End(one.name, CertificateUse.PUSH, last.material.certificate.not_valid_after_utc)
    yield End(one.name, CertificateUse.INTERMEDIATE, last.material.intermediate.not_valid_after_utc)
