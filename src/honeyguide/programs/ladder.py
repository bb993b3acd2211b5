"""The ladder of tiers as the program file writes it: metrics, qualification period, levels with benefits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from honeyguide.programs.earning.lines import LineFilter
from honeyguide.programs.localised import Texts
from honeyguide.programs.scalars import Amount, Code, Color, Part, Whole


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
    """1 January to 31 December in the program's time zone; a tier reached is kept to the end of the next year."""

    kind: Literal["calendar_year"] = Field(description="The calendar year.")


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
    period: Annotated[Rolling | CalendarYear, Field(discriminator="kind", description="The qualification period.")]
    reach: Literal["any", "all"] = Field("any", description="With several metrics: any of a tier's needs (default), or all.")
    levels: dict[Code, Level] = Field(description="The tiers, the lowest first.", min_length=1)

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
