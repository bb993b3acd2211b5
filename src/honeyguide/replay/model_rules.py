"""The arithmetic of programs/gallery/grocer-and-fuel.yaml by hand: a point for a dollar, tiers, big baskets, cashback on fuel; pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

POINTS, CASHBACK = "points", "cashback"
TIERS = ("fledgling", "forager", "honeyguide")
NEEDS_CENTS = {"forager": 100_000, "honeyguide": 350_000}
QUARTERS = {"fledgling": 4, "forager": 5, "honeyguide": 6}  # points for a dollar, in quarters
MOST_A_DAY = 5_000
FUEL_CENTS_A_MONTH = 15_000


@dataclass(frozen=True, slots=True)
class Bought:
    """Lines as (number, category, cents)."""

    partner: str
    lines: tuple[tuple[int, str | None, int], ...]

    @property
    def cents(self) -> int:
        return sum(cents for _, _, cents in self.lines)


@dataclass(frozen=True, slots=True)
class Earned:
    """What a purchase gives, and what it uses of the day's cap, of the month's fuel, and adds to the status; cents of cashback."""

    points: int = 0
    cashback: int = 0
    capped: int = 0
    at_two_percent: int = 0
    qualifying: int = 0


def earn(bought: Bought, tier: str, capped_before: int, spent_before: int) -> Earned:
    """Rounded down once, then cut to what the day's cap leaves; fuel beyond 150 dollars a month gives 0.5 % instead of 2 %."""
    cents = bought.cents
    produce = sum(paid for _, category, paid in bought.lines if category == "PRODUCE")
    base = (cents + produce) * QUARTERS[tier] // 400
    base = min(base, max(MOST_A_DAY - capped_before, 0))
    if bought.partner == "grocer":
        return Earned(points=base + 25 * (cents // 5_000), capped=base, qualifying=cents)
    fuel = sum(paid for _, category, paid in bought.lines if category == "FUEL")
    at_two_percent = min(fuel, max(FUEL_CENTS_A_MONTH - spent_before, 0))
    other = cents - fuel
    cashback = (at_two_percent * 20 + (fuel - at_two_percent) * 5) // 1_000 + other * 5 // 1_000
    return Earned(base, cashback, base, at_two_percent, cents)


def less(bought: Bought, lines_back: Mapping[int, int], amount_back: int) -> Bought:
    """What is left of a purchase: returned lines shrink by what was paid for them, then all that is left by the share of the amount.

    Discounts shrink rounded down; articles share what is left then, in whole cents, by greatest quotients.
    """
    rest = [(number, category, cents - lines_back.get(number, 0)) for number, category, cents in bought.lines]
    total = sum(cents for _, _, cents in rest)
    if not amount_back or total <= 0:
        return Bought(bought.partner, tuple(rest))
    discounts = [-cents for _, _, cents in rest if cents < 0]
    off = sum(discounts) * (total - amount_back) // total
    articles = shared(total - amount_back + off, [cents for _, _, cents in rest if cents >= 0])
    taken_off = shared(off, discounts)
    shrunk = ((number, category, articles.pop(0) if cents >= 0 else -taken_off.pop(0)) for number, category, cents in rest)
    return Bought(bought.partner, tuple(shrunk))


def shared(cents: int, weights: list[int]) -> list[int]:
    """So many cents by weight: rounded down, then a cent at a time to whom the next one is worth most, the first of equals."""
    if not sum(weights):
        return [0 for _ in weights]
    shares = [cents * weight // sum(weights) for weight in weights]
    while sum(shares) < cents:
        shares[max(range(len(shares)), key=lambda place: (Fraction(weights[place], shares[place] + 1), -place))] += 1
    return shares


def level(cents: int) -> str:
    return next((tier for tier in reversed(TIERS) if tier in NEEDS_CENTS and cents >= NEEDS_CENTS[tier]), TIERS[0])


def months_on(day: date, months: int) -> date:
    """The same day of the month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
