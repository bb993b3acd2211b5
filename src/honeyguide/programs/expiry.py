"""When lots expire: a fixed time, once a year by age, or with the balance's last activity (R26 to R29); pure.

Dates are fixed when points are earned, so a policy that changes never takes what was earned before (R28).
"""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from honeyguide.programs.periods import PeriodEnd, last_moment, period_end
from honeyguide.programs.scalars import Code, DayOfYear, Part, Whole
from honeyguide.programs.spans import Span

if TYPE_CHECKING:
    from honeyguide.programs.program import Program

Activity = Literal["purchase", "redemption", "accrual"]


class Calendar(Part):
    """Once a year on a day, whatever is older than a span by then."""

    older_than: Span = Field(description="The age at which points are due.")
    on: DayOfYear = Field(description="The day of the year on which due points expire, MM-DD.")


class Inactivity(Span):
    """A time after the last activity; every activity moves the date of the whole balance."""

    by: Annotated[tuple[Activity, ...], Field(min_length=1, description="What counts: purchase (default), redemption, accrual.")] = (
        "purchase",
    )


class Reinstatement(Part):
    """A second chance for what expired."""

    days: Annotated[Whole, Field(description="A purchase within so many days after the expiry brings back what expired.", ge=1, le=3650)]


class LotDates(NamedTuple):
    """The end of a lot, None for never; a lot that `rolls` ends with its account's `lasts_until` where that is later."""

    expires_at: datetime | None
    rolls: bool


class Expiry(Part):
    """When lots expire: one of `after`, `calendar`, `rolling`, `inactivity`."""

    after: Span | None = Field(None, description="A fixed time after the day of the purchase, to the end of that day.")
    calendar: Calendar | None = Field(None, description="Once a year, what is older than a span: {older_than: {years: 3}, on: 09-30}.")
    rolling: Span | None = Field(None, description="A time after the last accrual; each accrual moves the date of the whole balance.")
    inactivity: Inactivity | None = Field(None, description="A time after the last activity, which moves the date of the whole balance.")
    round_up_to: PeriodEnd | None = Field(None, description="Move the date to the end of its month, quarter, half_year or year.")
    tiers: dict[Code, Span] = Field({}, description="A longer time by the member's tier at the purchase; the latest date wins (R29).")
    reinstatement: Reinstatement | None = Field(None, description="A purchase soon after the expiry brings back what expired (R29).")

    @model_validator(mode="after")
    def _one_policy(self) -> Self:
        if (self.after, self.calendar, self.rolling, self.inactivity).count(None) != 3:
            raise PydanticCustomError("honeyguide", "say one of after, calendar, rolling, inactivity")
        if self.calendar and self.round_up_to:
            raise PydanticCustomError("honeyguide", "`round_up_to` has no place beside `calendar`: that has its day")
        return self

    def date_of(self, day: date, tier: str | None = None) -> date:
        """The last day on which a lot earned on that local day, by a member of that tier, is good."""
        longer = self.tiers.get(tier or "")
        date_of_all = self._date(self._span, day)
        return max(date_of_all, self._date(longer, day)) if longer else date_of_all

    def moment_of(self, day: date, zone: tzinfo, tier: str | None = None) -> datetime:
        return last_moment(self.date_of(day, tier), zone)

    @property
    def rolls(self) -> bool:
        """Does the date belong to the whole balance?"""
        return bool(self.rolling or self.inactivity)

    def is_moved_by(self, event: Activity) -> bool:
        return event in self.inactivity.by if self.inactivity else self.rolling is not None and event == "accrual"

    @property
    def _span(self) -> Span:
        span = self.after or (self.calendar.older_than if self.calendar else None) or self.rolling or self.inactivity
        assert span is not None
        return span

    def _date(self, span: Span, day: date) -> date:
        due = span.after(day)
        if self.calendar:
            return self.calendar.on.next_from(due)
        return period_end(due, self.round_up_to) if self.round_up_to else due


def lasts_until(program: Program, unit: str, event: Activity, day: date, tier: str | None = None) -> datetime | None:
    """To when this event on that local day moves the unit's whole balance; None where it moves nothing (R29).

    The account keeps the latest of these; it counts for lots that roll only.
    """
    expiry = program.units[unit].expiry
    return program.plan.expiry_of(unit, day, tier).expires_at if expiry and expiry.is_moved_by(event) else None


def reinstatement_days(program: Program, unit: str) -> int | None:
    """Within how many days after an expiry a purchase brings back what expired; None where it is gone for good."""
    expiry = program.units[unit].expiry
    return expiry.reinstatement.days if expiry and expiry.reinstatement else None


def reinstated_until(program: Program, unit: str, day: date, tier: str | None = None) -> datetime | None:
    """The new end of points brought back on that local day: as if they were earned then; None for never."""
    return program.plan.expiry_of(unit, day, tier).expires_at
