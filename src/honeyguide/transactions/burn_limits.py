"""What a partner may redeem of a member now: what is available, what the proof allows at once and a day (R51), what the partner accepts; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.members.proof import Proof
from honeyguide.programs.limits import daily_burn_limit, post_burn_limit
from honeyguide.programs.partners import may_accept
from honeyguide.programs.periods import first_moment
from honeyguide.programs.program import Program
from honeyguide.till.outcomes import Refusal

WEAKEST_FIRST = (Proof.NUMBER, Proof.PRESENT, Proof.APPROVED)


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
        allowed = allowed_by(program, books, proof, unit, day)
        answer[unit] = Redeemable(available, most if allowed is None else min(most, allowed))
    return answer


def allowed_by(program: Program, books: MemberBooks, proof: Proof, unit: str, day: str) -> int | None:
    """The most that one redemption may take now by that proof; None = no limit.

    What it takes counts for the day of its own proof and of every stronger one, so it has to fit into what is left of each.
    """
    limits = [post_burn_limit(program, proof, unit), *(_left(program, books, one, unit, day) for one in _from(proof))]
    return min((limit for limit in limits if limit is not None), default=None)


def above_limits(program: Program, books: MemberBooks, proof: Proof, unit: str, amount: int, day: str) -> Refusal | None:
    """Why so much cannot be redeemed by that proof: a stronger one would do, or none does and the widest limit is named."""

    def fits(one: Proof) -> bool:
        allowed = allowed_by(program, books, one, unit, day)
        return allowed is None or amount <= allowed

    if fits(proof):
        return None
    if accepts := [one.value for one in _from(proof)[1:] if fits(one)]:
        return Refusal("PROOF_REQUIRED", {"accepts": accepts})
    at_once = post_burn_limit(program, Proof.APPROVED, unit)
    if at_once is not None and amount > at_once:
        return limit_refusal("burn_per_post", unit=unit, most=at_once)
    a_day = daily_burn_limit(program, Proof.APPROVED, unit)
    return limit_refusal("burn_per_day", unit=unit, most=a_day, resets_at=next_day(program, day))


def limit_refusal(limit: str, *, resets_at: datetime | None = None, **facts: object) -> Refusal:
    """LIMIT_EXCEEDED that a program's file or we set; `facts` are for its words."""
    return Refusal("LIMIT_EXCEEDED", {"limit": limit, "resets_at": resets_at.isoformat() if resets_at else None, **facts})


def next_day(program: Program, day: str) -> datetime:
    """When the limits of that local ISO day begin anew."""
    return first_moment(date.fromisoformat(day) + timedelta(days=1), program.zone)


def burn_counters(program: Program, day: str, units: tuple[str, ...] | None = None) -> tuple[tuple[str, str], ...]:
    """The counters that the limits of these units, default all, look at: of each proof that counts for one that is limited."""
    return tuple(
        burn_counter(proof, unit, day)
        for unit in (program.units if units is None else units)
        for proof in WEAKEST_FIRST
        if any(daily_burn_limit(program, one, unit) is not None for one in _from(proof))
    )


def burn_counter(proof: Proof, unit: str, day: str) -> tuple[str, str]:
    """What was redeemed by that very proof on a local day."""
    return (f"burn/{proof}/{unit}", day)


def _left(program: Program, books: MemberBooks, proof: Proof, unit: str, day: str) -> int | None:
    """What that proof and the weaker ones may still redeem on that day; None = no limit."""
    limit = daily_burn_limit(program, proof, unit)
    if limit is None:
        return None
    used = sum(books.counter(*burn_counter(one, unit, day)) for one in WEAKEST_FIRST[: WEAKEST_FIRST.index(proof) + 1])
    return max(limit - used, 0)


def _from(proof: Proof) -> tuple[Proof, ...]:
    """That proof and the stronger ones."""
    return WEAKEST_FIRST[WEAKEST_FIRST.index(proof) :]
