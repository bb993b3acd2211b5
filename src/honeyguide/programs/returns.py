"""How long a return may match a recorded purchase, and how much may come back without one (R50); pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from honeyguide.programs.earning.exact import minor
from honeyguide.programs.scalars import Amount, Part, Whole

if TYPE_CHECKING:
    from honeyguide.programs.program import Program

Limit = Amount | Literal["unlimited"]


class UnmatchedPerDay(Part):
    """The most that may come back a day without a recorded purchase, by who brings it and who takes it."""

    member: Limit = Field(Decimal(0), description="By one member, in the program's currency, or unlimited; default 0: none.")
    cashier: Limit = Field(Decimal(0), description="At one cashier, in the program's currency, or unlimited; default 0: none.")


class Returns(Part):
    """Returns without a receipt, or at another store."""

    days: Annotated[Whole, Field(description="How many days back a return looks for its purchase; default 30.", ge=1, le=3650)] = 30
    unmatched_per_day: UnmatchedPerDay = Field(UnmatchedPerDay(), description="The most that comes back a day without a recorded purchase.")


def unmatched_limit(program: Program, by: Literal["member", "cashier"]) -> int | None:
    """Minor units of the program's currency that may come back a day without a recorded purchase; None is unlimited."""
    limits = program.returns.unmatched_per_day
    limit = limits.member if by == "member" else limits.cashier
    return int(minor(limit, program.currency_decimals)) if isinstance(limit, Decimal) else None
