"""The units of a program: what its accounts count, what one is worth, how rules stack, and when lots expire."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Literal

from pydantic import Field

from honeyguide.programs.clawback import ClawbackPolicy
from honeyguide.programs.closing import OnClosing
from honeyguide.programs.late_returns import LateReturn, ReturnedToExpired
from honeyguide.programs.localised import Names
from honeyguide.programs.periods import PeriodEnd, add_months, days_after, last_moment, period_end
from honeyguide.programs.scalars import CurrencyCode, Part, Positive, Whole


class Stacking(StrEnum):
    """What happens when several rules earn the same unit for one purchase (R7)."""

    BEST = "best"
    SUM = "sum"
    FIRST = "first"


class After(Part):
    """A fixed life, counted in calendar months or days from the day of the purchase."""

    months: Whole | None = Field(None, description="Calendar months; 31 January + 1 month is the end of 28 February.", le=1200)
    days: Whole | None = Field(None, description="Days, instead of months.", le=36_500)


class Expiry(Part):
    """When a lot expires. Only the fixed policy `after` exists so far; rolling, inactivity and calendar policies become its neighbours."""

    after: After = Field(description="A fixed time after the day of the purchase, to the end of that day in the program's time zone.")
    round_up_to: PeriodEnd | None = Field(None, description="Move the date to the end of its month, quarter, half_year or year.")

    def date_of(self, day: date) -> date:
        """The last day on which a lot earned on that local day is good."""
        due = days_after(day, self.after.days) if self.after.days is not None else add_months(day, self.after.months or 0)
        return period_end(due, self.round_up_to) if self.round_up_to else due

    def moment_of(self, day: date, zone: tzinfo) -> datetime:
        return last_moment(self.date_of(day), zone)


class UnitDefinition(Part):
    """One unit: points, stamps or money."""

    kind: Literal["points", "stamps", "money"] = Field(description="points | stamps | money")
    name: Names = Field(description="Names by language with plural forms: {en: {one: point, other: points}}.")
    decimals: Whole | None = Field(None, description="Decimal places; default 0, for money those of its currency.", le=6)
    currency: CurrencyCode | None = Field(None, description="Of a money unit; default the program's currency.")
    worth: Positive | None = Field(
        None, description="What one is worth in the program's currency, such as 0.01; texts and liability use it."
    )
    stacking: Stacking | None = Field(None, description="best | sum | first; to be declared where several rules earn this unit (R7).")
    expiry: Expiry | None = Field(None, description="When lots expire; absent: never.")
    clawback: ClawbackPolicy = Field(
        ClawbackPolicy.UNLIMITED,
        description="What a reversal may take beyond the purchase's own points: unlimited (default) | clamp | within_balance | only_pending.",
    )
    returned_to_expired: ReturnedToExpired = Field(
        default_factory=LateReturn,
        description="Redeemed points that come back to an expired lot: expire (default) | {grace_days: N} | {until: day} (R23).",
    )
    on_closing: OnClosing = Field(
        OnClosing.FORFEIT, description="Unspent points when the membership ends: forfeit (default) | pay_out, at `worth` (R41)."
    )
