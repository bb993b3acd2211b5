"""What the program and the installation add to an enrolment."""

from __future__ import annotations

from dataclasses import dataclass

from honeyguide.programs.program import Program


@dataclass(frozen=True, slots=True)
class EnrolmentTerms:
    """`base_tier` is held from enrolment on; `phone_region` reads local phone numbers (ISO 3166), None takes E.164 only."""

    program_version: int
    default_locale: str
    base_tier: str | None
    handle_key: bytes
    phone_region: str | None = None


def enrolment_terms(program: Program, version: int, handle_key: bytes, phone_region: str | None = None) -> EnrolmentTerms:
    """The terms of a program as applied; the first level of its ladder is everybody's."""
    base_tier = next(iter(program.tiers.levels)) if program.tiers else None
    return EnrolmentTerms(version, program.default_locale, base_tier, handle_key, phone_region)
