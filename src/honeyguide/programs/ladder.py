"""The ladder of tiers as the program file writes it: metrics, qualification period, levels with benefits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from honeyguide.programs.earning.lines import LineFilter
from honeyguide.programs.localised import Texts
from honeyguide.programs.periods import MonthDay
from honeyguide.programs.scalars import Amount, Code, Color, DayOfYear, Part, Whole
from honeyguide.programs.spans import Span


class Metric(Part):
    """What counts toward tiers, in its own counter, one row a day, apart from what can be redeemed (R31)."""

    counts: Literal["spend", "points", "visits"] = Field(
        description="spend: amount of the lines; points: what is earned; visits: purchases."
    )
    unit: Code | None = Field(None, description="With `points`: the unit whose accruals count.")
    name: Texts = Field(description="What members read, such as Qualifying spend.")
    partners: tuple[Code, ...] = Field((), description="Only purchases at these partners; default all.")
    lines: LineFilter = Field(LineFilter(), description="With `spend`: which lines count.")


class Rolling(Part):
    """The months up to today; a tier reached is kept as many months."""

    kind: Literal["rolling"] = Field(description="The last months, counted back from today.")
    months: Annotated[Whole, Field(description="Length of the period and of the time that a tier is kept.", ge=1, le=120)]


class CalendarYear(Part):
    """A year that begins for everybody on one day; a tier reached is kept to the end of the next year."""

    kind: Literal["calendar_year"] = Field(description="A year that begins for everybody on the same day.")
    starts: DayOfYear = Field(MonthDay(1, 1), description="Its first day, MM-DD; default 01-01.")


class MembershipYear(Part):
    """A year that begins on the day the member joined; a tier reached is kept to the end of the next year."""

    kind: Literal["membership_year"] = Field(description="A year that begins on the anniversary of the member's joining.")


class MemberYear(Part):
    """A year that begins on a day of the member's own, an attribute that an operator sets (R32); a tier reached is kept to the end of the next."""

    kind: Literal["member_year"] = Field(
        description="A year that begins on the day that an operator set for the member (setTierYear), else on the anniversary of joining."
    )


class WarningTime(Part):
    """How long before."""

    days: Annotated[Whole, Field(description="So many days before a tier ends its member is warned.", ge=1, le=365)]


class Benefit(Part):
    """What a tier gives besides points."""

    title: Texts = Field(description="What members read: a short name.")
    text: Texts | None = Field(None, description="What members read: a sentence or two.")


class Level(Part):
    """One tier; the order in the file is the rank, the first is everybody's."""

    name: Texts = Field(description="The tier's name.")
    color: Color | None = Field(None, description="'#rrggbb' in quotes.")
    needs: dict[Code, Amount] = Field({}, description="What has to be reached, by metric; the first tier needs nothing.")
    benefits: dict[Code, Benefit] = Field({}, description="Benefits by code.")


class Ladder(Part):
    """The tiers of a program."""

    metrics: dict[Code, Metric] = Field(description="What counts toward tiers.", min_length=1)
    period: Annotated[
        Rolling | CalendarYear | MembershipYear | MemberYear, Field(discriminator="kind", description="The qualification period.")
    ]
    reach: Literal["any", "all"] = Field("any", description="With several metrics: any of a tier's needs (default), or all.")
    upgrade: Literal["at_once", "next_period"] = Field(
        "at_once", description="When a tier reached begins: at_once (default), or with the next_period of a year."
    )
    drop: Literal["to_earned", "one"] = Field(
        "to_earned", description="At the review down to_earned (default), what the period earns, or one tier at most: a soft landing (R32)."
    )
    grace: Span | None = Field(None, description="So long after its end a tier is kept, and can still be earned again (R33).")
    warning: WarningTime | None = Field(None, description="When a member who would lose the tier is warned (R34); absent: never.")
    on_return: Literal["at_review", "immediate", "if_caused"] = Field(
        "at_review",
        description="A return that takes away what a tier needs: at_review (default) | immediate | if_caused, the purchase led to the tier (R25).",
    )
    levels: dict[Code, Level] = Field(description="The tiers, the lowest first.", min_length=1)

    @property
    def has_own_years(self) -> bool:
        """Whether a year begins for each member on another day."""
        return self.period.kind in ("membership_year", "member_year")

    def rank(self, code: str) -> int:
        return list(self.levels).index(code)

    def above(self, code: str | None) -> str | None:
        """The next tier up; from no tier, the second: the first is everybody's."""
        codes = list(self.levels)
        rank = codes.index(code) + 1 if code in self.levels else 1
        return codes[rank] if rank < len(codes) else None


def qualifying_counter(metric: str) -> str:
    """The counter of a metric, one row a local day of occurred_at."""
    return f"qualifying/{metric}"
