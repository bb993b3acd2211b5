"""What accounts count: points, stamps or a currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.scalars import CurrencyCode
from honeyguide.api.types.described import described
from honeyguide.programs.localised import in_language
from honeyguide.programs.program import Program
from honeyguide.programs.texts import unit_name
from honeyguide.quantities import UnitKind, from_minor

described(
    "What a unit is.",
    POINTS="Points, whatever the program calls them.",
    MONEY="A currency: cashback.",
    STAMPS="Visits or items, counted.",
)(UnitKind)


@strawberry.type(description="What an account counts.")
class Unit:
    program: strawberry.Private[Program]
    code: str = strawberry.field(description="Its code in the program file.")
    kind: UnitKind = strawberry.field(description="Points, money or stamps.")
    decimals: int = strawberry.field(description="How many decimals a quantity of it has.")

    @strawberry.field(description="Which currency it is, so that an app can write $4.65; null of points and stamps.")
    def currency(self) -> CurrencyCode | None:
        currency = self.program.unit_currency(self.code)
        return CurrencyCode(currency) if currency is not None else None

    @strawberry.field(description="Singular or plural by the language's rules.")
    def name(
        self,
        info: Info,
        count: Annotated[Decimal | None, strawberry.argument(description="How many; without it the plural.")] = strawberry.UNSET,
    ) -> str:
        language = info.context.language
        if isinstance(count, Decimal):
            return unit_name(self.program, self.code, count, language)
        return in_language(self.program.units[self.code].name, language, self.program.default_locale)["other"]

    @classmethod
    def of(cls, program: Program, code: str) -> Unit:
        unit = program.unit(code)
        return cls(program=program, code=code, kind=unit.kind, decimals=unit.decimals)

    def quantity(self, minor: int) -> Decimal:
        return from_minor(minor, self.decimals)
