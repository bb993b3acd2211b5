"""What the program and the installation add to an enrolment."""

from __future__ import annotations

from dataclasses import dataclass

from honeyguide.members.person import PersonVault
from honeyguide.programs.program import Program
from honeyguide.programs.tiers import base_tier
from honeyguide.sealed import SealKey
from honeyguide.till.claims import ClaimHasher


@dataclass(frozen=True, slots=True)
class EnrolmentTerms:
    """`base_tier` is held from enrolment on; `phone_region` reads local phone numbers (ISO 3166), None takes E.164 only.

    `program` says whom it takes and what it asks consent for; `vault` seals what is known of a person.
    """

    program_version: int
    default_locale: str
    base_tier: str | None
    handle_key: SealKey
    claims: ClaimHasher
    phone_region: str | None = None
    program: Program | None = None
    vault: PersonVault | None = None


def enrolment_terms(
    program: Program,
    version: int,
    handle_key: SealKey,
    claims: ClaimHasher,
    phone_region: str | None = None,
    vault: PersonVault | None = None,
) -> EnrolmentTerms:
    """The terms of a program as applied."""
    return EnrolmentTerms(version, program.default_locale, base_tier(program), handle_key, claims, phone_region, program, vault)
