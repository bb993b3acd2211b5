"""What becomes of redeemed points that come back after their lot has expired (R23); pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from honeyguide.programs.periods import days_after, last_moment
from honeyguide.programs.scalars import Day, Part, Whole

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


class LateReturn(Part):
    """A new date for points that come back too late; with neither key they expire at once."""

    grace_days: Whole | None = Field(None, description="They live so many days from the day they come back.", le=3650)
    until: Day | None = Field(None, description="They live to the end of this day, YYYY-MM-DD.")

    def date_of(self, day: date) -> date | None:
        return days_after(day, self.grace_days) if self.grace_days is not None else self.until


def _written(value: Any) -> Any:
    return {} if value == "expire" else value


_EITHER = {"anyOf": [{"const": "expire"}, LateReturn.model_json_schema()]}
ReturnedToExpired = Annotated[LateReturn, BeforeValidator(_written), WithJsonSchema(_EITHER)]


def date_of_returned(program: Program, unit: str, now: datetime) -> datetime | None:
    """The last moment of points that come back to an expired lot now; None where they expire at once."""
    day = program.units[unit].returned_to_expired.date_of(program.local_day(now))
    moment = last_moment(day, program.zone) if day else None
    return moment if moment is not None and moment > now else None
