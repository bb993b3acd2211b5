"""What the program owes its members, now or at a past instant."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.dashboard import past
from honeyguide.api.types.lists import MOST_UNITS, list_field
from honeyguide.api.types.money import Money, worth_of
from honeyguide.api.types.page import given
from honeyguide.api.types.standing import AsOf
from honeyguide.api.types.unit import Unit
from honeyguide.ledger import history
from honeyguide.programs.program import Program


@strawberry.type(description="What the program owes its members of one unit.")
class UnitLiability:
    unit: Unit = strawberry.field(description="Of which unit.")
    outstanding: Decimal = strawberry.field(description="What members could redeem, and what was reserved for redemptions under way.")
    worth: Money | None = strawberry.field(description="What that is worth by the program file; null where it names no worth.")
    pending: Decimal = strawberry.field(description="Earned, but not available yet.")
    pending_worth: Money | None = strawberry.field(description="What that is worth by the program file; null where it names no worth.")
    debt: Decimal = strawberry.field(description="What members owe.")


@strawberry.type(description="What the program owes its members, with the dates as they were: what matured counts, what expired does not.")
class Liability:
    as_of: datetime = strawberry.field(description="The instant it is told of.")
    units: list[UnitLiability] = list_field("By unit, in the order of the program file; units never touched are left out.", MOST_UNITS)


async def liability(info: Info, as_of: AsOf = strawberry.UNSET) -> Liability:
    """Worth by the program that was in force at that instant."""
    context = info.context
    program_id, services = context.caller.program_id, context.services
    instant = past(given(as_of) or context.now, context.now)
    program = (await services.programs.as_of(program_id, instant)).program
    found = await history.liability_at(services.database.pool, program_id, instant)
    return Liability(as_of=instant, units=[_of(program, code, found[code]) for code in program.units if code in found])


def _of(program: Program, code: str, owed: history.Liability) -> UnitLiability:
    unit = Unit.of(program, code)
    return UnitLiability(
        unit=unit,
        outstanding=unit.quantity(owed.outstanding),
        worth=worth_of(program, code, owed.outstanding),
        pending=unit.quantity(owed.pending),
        pending_worth=worth_of(program, code, owed.pending),
        debt=unit.quantity(owed.debt),
    )
