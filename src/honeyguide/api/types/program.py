"""The program as its members and partners see it: units, tiers, ways to earn."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.types.lists import MOST_UNITS, list_field
from honeyguide.api.types.unit import Unit
from honeyguide.programs import texts
from honeyguide.programs.current import Applied
from honeyguide.programs.ladder import Level
from honeyguide.programs.localised import Texts, in_language
from honeyguide.programs.program import Program as ProgramFile


@strawberry.type(description="What a tier gives beyond points.")
class Benefit:
    code: str = strawberry.field(description="Its name in the program file.")
    title: str = strawberry.field(description="What it is called.")
    text: str | None = strawberry.field(description="What it means, in a sentence or two.")


@strawberry.type(description="A tier of the program.")
class Tier:
    program: strawberry.Private[ProgramFile]
    level: strawberry.Private[Level]
    code: str = strawberry.field(description="Its code in the program file.")
    rank: int = strawberry.field(description="0 for the first tier, rising.")
    color: str | None = strawberry.field(description="Its colour for screens and passes, as #rrggbb.")

    @strawberry.field(description="Its name, in the caller's language.")
    def name(self, info: Info) -> str:
        return text_of(self.program, self.level.name, info)

    @list_field("What it gives beyond points.", 50)
    def benefits(self, info: Info) -> list[Benefit]:
        return [
            Benefit(
                code=code,
                title=text_of(self.program, benefit.title, info),
                text=text_of(self.program, benefit.text, info) if benefit.text else None,
            )
            for code, benefit in self.level.benefits.items()
        ]

    @classmethod
    def of(cls, program: ProgramFile, code: str) -> Tier | None:
        """The tier of that code; None for one that the program no longer has."""
        if program.tiers is None or code not in program.tiers.levels:
            return None
        level = program.tiers.levels[code]
        return cls(program=program, level=level, code=code, rank=program.tiers.rank(code), color=level.color)


@strawberry.type(description="The tier that a member holds.")
class TierStatus:
    tier: Tier = strawberry.field(description="Which tier.")
    since: datetime = strawberry.field(description="Since when.")
    until: datetime | None = strawberry.field(description="When it ends, unless a review keeps it; null for a tier that nobody reviews.")
    grace_until: datetime | None = strawberry.field(
        description="Until when it is kept after its end, and can still be earned again; null where there is no grace."
    )


@strawberry.type(description="The way to the next tier by one metric.")
class TierProgress:
    metric: str = strawberry.field(description="What counts: the metric's name in the program file.")
    current: Decimal = strawberry.field(description="What the member has of it in this period.")
    needed: Decimal = strawberry.field(description="What the next tier takes.")
    remaining: Decimal = strawberry.field(description="What is missing.")
    next: Tier = strawberry.field(description="The next tier.")
    period_ends: datetime | None = strawberry.field(description="When the period ends; null where none does.")


@strawberry.type(description="One way to earn.")
class WayToEarn:
    rule: str = strawberry.field(description="The rule's name in the program file.")
    title: str = strawberry.field(description="A headline, in the caller's language.")
    text: str = strawberry.field(description="How it works, in the caller's language.")
    unit: Unit = strawberry.field(description="What it earns.")


@strawberry.type(description="The loyalty program.")
class Program:
    program: strawberry.Private[ProgramFile]
    version: int = strawberry.field(description="Rises with each change of the program file.")

    @strawberry.field(description="Its name, in the caller's language.")
    def name(self, info: Info) -> str:
        return text_of(self.program, self.program.name, info)

    @list_field("What its accounts count.", MOST_UNITS)
    def units(self) -> list[Unit]:
        return [Unit.of(self.program, code) for code in self.program.units]

    @list_field("Its tiers, the first one first.", 20)
    def tiers(self) -> list[Tier]:
        codes = self.program.tiers.levels if self.program.tiers else ()
        return [tier for code in codes if (tier := Tier.of(self.program, code))]

    @list_field("How members earn.", 200)
    def ways_to_earn(self, info: Info) -> list[WayToEarn]:
        ways = texts.ways_to_earn(self.program, info.context.language)
        return [WayToEarn(rule=way.rule, title=way.title, text=way.text, unit=Unit.of(self.program, way.unit)) for way in ways]

    @strawberry.field(description="The terms in plain words, with when points expire, in the caller's language.")
    def terms(self, info: Info) -> str:
        return text_of(self.program, self.program.terms, info)

    @classmethod
    def of(cls, applied: Applied) -> Program:
        return cls(program=applied.program, version=applied.version)


def text_of(program: ProgramFile, written: Texts, info: Info) -> str:
    return in_language(written, info.context.language, program.default_locale)
