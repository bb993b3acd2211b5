"""A length of time as the program file writes it: calendar years, months, or days; pure."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from honeyguide.programs.periods import add_months, days_after
from honeyguide.programs.scalars import Part, Whole


class Span(Part):
    """Years, months or days; 31 January + 1 month is 28 February (R26)."""

    years: Whole | None = Field(None, description="Calendar years.", le=100)
    months: Whole | None = Field(None, description="Calendar months, instead: 31 January + 1 month is 28 February.", le=1200)
    days: Whole | None = Field(None, description="Days, instead.", le=36_500)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.years, self.months, self.days).count(None) != 2:
            raise PydanticCustomError("honeyguide", "say either years, months or days")
        return self

    def after(self, day: date) -> date:
        return days_after(day, self.days) if self.days is not None else add_months(day, self._months)

    def before(self, day: date) -> date:
        return days_after(day, -self.days) if self.days is not None else add_months(day, -self._months)

    @property
    def _months(self) -> int:
        return self.years * 12 if self.years is not None else self.months or 0
