"""How much may be redeemed at once and a day, by which proof (R51); pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from honeyguide.programs.earn_limits import EarnLimits, RedeemPerDay
from honeyguide.programs.earning.exact import minor
from honeyguide.programs.scalars import Amount, Code, Part

if TYPE_CHECKING:
    from honeyguide.programs.program import Program

Most = Amount | Literal["unlimited"]
PROOFS = ("NUMBER", "PRESENT", "APPROVED")


class DailyBurn(Part):
    """The most that may be redeemed a day by proof; what a weaker proof redeemed counts for the stronger ones as well."""

    NUMBER: dict[Code, Most] = Field({}, description="By unit, with a typed or static number alone; a unit not named: nothing.")
    PRESENT: dict[Code, Most] = Field({}, description="By unit, with a rotating code and all before it; a unit not named: unlimited.")
    APPROVED: dict[Code, Most] = Field(
        {}, description="By unit, approved in the app or by PIN and all before it; a unit not named: unlimited."
    )


class BurnPerPost(Part):
    """The most that one redemption or hold may take, by proof."""

    NUMBER: dict[Code, Most] = Field({}, description="By unit, with a typed or static number alone; a unit not named: unlimited.")
    PRESENT: dict[Code, Most] = Field({}, description="By unit, with a rotating code; a unit not named: unlimited.")
    APPROVED: dict[Code, Most] = Field({}, description="By unit, approved in the app or by PIN; a unit not named: unlimited.")


class Limits(Part):
    """Limits of the program."""

    burn_per_day: DailyBurn = Field(DailyBurn(), description="The most that a member may redeem a day, by proof and unit.")
    burn_per_post: BurnPerPost = Field(BurnPerPost(), description="The most that a member may redeem at once, by proof and unit.")
    earn: EarnLimits = Field(EarnLimits(), description="Above these a purchase is parked for review; absent: no limits.")
    redemptions_per_day: RedeemPerDay = Field(RedeemPerDay(), description="How many redemptions a day, above which they are refused.")
    new_partners: Literal["trusted", "review"] = Field(
        "trusted", description="review: what a new partner posts waits until an operator has reviewed the partner."
    )


@dataclass(frozen=True, slots=True)
class BurnLimits:
    """Minor units by proof and unit; None is unlimited."""

    a_day: Mapping[tuple[str, str], int | None]
    at_once: Mapping[tuple[str, str], int | None]


def burn_limits(program: Program) -> BurnLimits:
    """Worked out once for a program, as every purchase asks for all of them."""
    every_day, every_post = program.limits.burn_per_day, program.limits.burn_per_post
    named = [(proof, unit) for proof in PROOFS for unit in program.units]
    return BurnLimits(
        {
            (proof, unit): _minor(program, unit, getattr(every_day, proof).get(unit, Decimal(0) if proof == "NUMBER" else "unlimited"))
            for proof, unit in named
        },
        {(proof, unit): _minor(program, unit, getattr(every_post, proof).get(unit, "unlimited")) for proof, unit in named},
    )


def daily_burn_limit(program: Program, proof: str, unit: str) -> int | None:
    """Minor units that a member may redeem a day by that proof and all weaker ones together; None is unlimited.

    What was redeemed by a proof counts in the counter `burn/<proof>/<unit>` of the program's local day.
    """
    return program.burn_limits.a_day[proof, unit]


def post_burn_limit(program: Program, proof: str, unit: str) -> int | None:
    """Minor units that one redemption may take by that proof; None is unlimited."""
    return program.burn_limits.at_once[proof, unit]


def _minor(program: Program, unit: str, limit: Most) -> int | None:
    return int(minor(limit, program.decimals(unit))) if isinstance(limit, Decimal) else None
