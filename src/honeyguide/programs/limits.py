"""How much may be redeemed a day by which proof (R51); pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from honeyguide.programs.earning.exact import minor
from honeyguide.programs.scalars import Amount, Code, Part

if TYPE_CHECKING:
    from honeyguide.programs.program import Program


class DailyBurn(Part):
    """The most that may be redeemed a day by proof; proofs PRESENT and APPROVED become its neighbours."""

    NUMBER: dict[Code, Amount | Literal["unlimited"]] = Field(
        {}, description="By unit, with a typed or static number alone; a unit not named: nothing."
    )


class Limits(Part):
    """Limits of the program."""

    burn_per_day: DailyBurn = Field(DailyBurn(), description="The most that a member may redeem a day, by proof and unit.")


def number_burn_limit(program: Program, unit: str) -> int | None:
    """Minor units that a member may redeem a day by number alone; None is unlimited, a unit without a limit is 0.

    What was redeemed counts in the counter `burn/NUMBER/<unit>` of the program's local day.
    """
    limit = program.limits.burn_per_day.NUMBER.get(unit, Decimal(0))
    return int(minor(limit, program.decimals(unit))) if isinstance(limit, Decimal) else None
