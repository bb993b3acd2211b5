"""What a partner may redeem of a member now: what is available, what the proof allows a day (R51), what the partner accepts; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.members.proof import Proof
from honeyguide.programs.limits import number_burn_limit
from honeyguide.programs.partners import may_accept
from honeyguide.programs.program import Program


@dataclass(frozen=True, slots=True)
class Redeemable:
    """Minor units: what is available, and how much of it this partner may take by this proof."""

    available: int
    redeemable: int


def redeemable_units(program: Program, partner: str, books: MemberBooks, proof: Proof, day: str, now: datetime) -> dict[str, Redeemable]:
    """By unit of the program, at the partner of this code; `day` is the local ISO day whose limit a redemption would use."""
    answer = {}
    for unit in program.units:
        available = books.available(unit, now)
        most = max(available, 0) if may_accept(program, partner, unit) else 0
        left = left_by_number(program, books, unit, day)
        answer[unit] = Redeemable(available, min(most, left) if proof is Proof.NUMBER and left is not None else most)
    return answer


def left_by_number(program: Program, books: MemberBooks, unit: str, day: str) -> int | None:
    """What proof NUMBER may still redeem on that day; None = no limit (R51)."""
    limit = number_burn_limit(program, unit)
    return None if limit is None else max(limit - books.counter(*burn_counter(unit, day)), 0)


def burn_counters(program: Program, day: str) -> tuple[tuple[str, str], ...]:
    """The counters that `redeemable_units` looks at."""
    return tuple(burn_counter(unit, day) for unit in program.units)


def burn_counter(unit: str, day: str) -> tuple[str, str]:
    """What was redeemed by proof NUMBER on a local day."""
    return (f"burn/NUMBER/{unit}", day)
