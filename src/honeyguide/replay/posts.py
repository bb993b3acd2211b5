"""A basket becomes the posts of two partners: fuel is the fuel chain's, all else the grocer's; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from honeyguide.replay.journey import FUEL_DEPARTMENT, Basket, BasketLine

GROCER, FUEL = "grocer", "fuel"
PARTNERS = (GROCER, FUEL)
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Post:
    """One (basket, partner) pair; the same in every run, so the server knows it again by key and reference."""

    partner: str
    household: int
    basket: Basket
    lines: tuple[BasketLine, ...]
    occurred_at: datetime

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)

    @property
    def lane(self) -> str:
        """Which posts may go in one call."""
        return self.partner

    @property
    def size(self) -> int:
        return len(self.lines)

    @property
    def key(self) -> str:
        return f"complete-journey/{self.partner}/{self.basket.basket_id}"

    def as_input(self) -> dict[str, Any]:
        """A PostTransactionInput."""
        return {
            "idempotencyKey": self.key,
            "member": {"email": email_of(self.household)},
            "reference": str(self.basket.basket_id),
            "occurredAt": self.occurred_at.isoformat(),
            "amount": {"amount": dollars(self.cents), "currency": CURRENCY},
            "lines": [_line_input(line) for line in self.lines],
            "location": store_code(self.basket.store),
            "channel": "STORE",
        }


def posts_of(basket: Basket, lines: Sequence[BasketLine], shift_days: int) -> list[Post]:
    """One post for each partner whose lines the basket holds; a product that is in no list is the grocer's."""
    occurred_at = basket.at + timedelta(days=shift_days)
    fuel = tuple(line for line in lines if line.department == FUEL_DEPARTMENT)
    rest = tuple(line for line in lines if line.department != FUEL_DEPARTMENT)
    return [Post(partner, basket.household, basket, part, occurred_at) for partner, part in ((GROCER, rest), (FUEL, fuel)) if part]


def shift_days(last: date, today: date) -> int:
    """Whole days that bring the last basket to yesterday."""
    return (today - timedelta(days=1) - last).days


def email_of(household: int) -> str:
    return f"household-{household}@example.test"


def household_of(email: str) -> int | None:
    """The other way round; None for anybody else's address."""
    found = re.fullmatch(r"household-(\d+)@example\.test", email)
    return int(found[1]) if found else None


def store_code(store: int) -> str:
    return f"store-{store}"


def dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _line_input(line: BasketLine) -> dict[str, str]:
    given = {"lineId": str(line.number), "sku": str(line.product), "quantity": str(line.quantity), "amount": dollars(line.cents)}
    return given if line.department is None else {**given, "category": line.department}
