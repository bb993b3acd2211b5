"""From which age a person joins alone, with a guardian, or not at all (R57); pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from honeyguide.programs.scalars import Part, Whole

# Nobody lived longer; a year typed wrong is told so.
OLDEST = 125


class AgeDecision(StrEnum):
    OK = "OK"
    TOO_YOUNG = "TOO_YOUNG"
    GUARDIAN_NEEDED = "GUARDIAN_NEEDED"


class AgeTerms(Part):
    """The age gate; a program that has one asks for the birth date."""

    minimum: Annotated[Whole, Field(description="Years from which a person may join; below, nothing is stored.", ge=0, le=99)] = 0
    guardian_until: Annotated[Whole, Field(description="Years up to which a guardian has to agree; default 0: of nobody.", ge=0, le=99)] = 0

    def decide(self, birth_date: date, today: date) -> AgeDecision:
        years = age_on(birth_date, today)
        if years < self.minimum:
            return AgeDecision.TOO_YOUNG
        return AgeDecision.GUARDIAN_NEEDED if years < self.guardian_until else AgeDecision.OK


def age_on(birth_date: date, today: date) -> int:
    """Whole years; who was born on 29 February is a year older on 1 March of common years."""
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def is_plausible(birth_date: date, today: date) -> bool:
    return birth_date <= today and age_on(birth_date, today) <= OLDEST
