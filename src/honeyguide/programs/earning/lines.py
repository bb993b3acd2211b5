"""Which lines of a receipt count for a rule, and the basket that all rules of one purchase share; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import Field

from honeyguide.programs.accrual import CounterKey
from honeyguide.programs.purchase import Channel, LineKind, Purchase
from honeyguide.programs.scalars import Label, Part

# Kind, category, merchant category code, SKU (None unless a rule filters by it): what a filter can tell lines apart by.
LineGroup = tuple[LineKind, str | None, str | None, str | None]

# Tax, shipping and gift cards earn nothing unless a rule names their kinds (R8).
_COUNTED = frozenset((LineKind.PRODUCT, LineKind.DISCOUNT))


class Exceptions(Part):
    """Lines that never count: those that any of the lists names."""

    categories: tuple[Label, ...] = Field((), description="Categories that never count.")
    skus: tuple[Label, ...] = Field((), description="Articles that never count.")
    mccs: tuple[Label, ...] = Field((), description="Merchant category codes that never count.")


class LineFilter(Part):
    """The lines that count: those that every given list names; TAX, SHIPPING and GIFT_CARD only by `kinds` (R8)."""

    kinds: tuple[LineKind, ...] = Field((), description="Line kinds that count; default PRODUCT and DISCOUNT.")
    categories: tuple[Label, ...] = Field((), description="Only lines of these categories.")
    skus: tuple[Label, ...] = Field((), description="Only these articles.")
    mccs: tuple[Label, ...] = Field((), description="Only these merchant category codes.")
    exceptions: Exceptions = Field(Exceptions(), alias="except", description="Lines that never count.")

    @property
    def chooses(self) -> bool:
        """Does the filter ask for more than the usual kinds of lines?"""
        return bool(self.categories or self.skus or self.mccs)

    @property
    def by_sku(self) -> bool:
        return bool(self.skus or self.exceptions.skus)

    def counts(self, group: LineGroup) -> bool:
        kind, category, mcc, sku = group
        if kind not in (self.kinds or _COUNTED):
            return False
        wanted = ((self.categories, category), (self.skus, sku), (self.mccs, mcc))
        if any(allowed and value not in allowed for allowed, value in wanted):
            return False
        never = self.exceptions
        return category not in never.categories and sku not in never.skus and mcc not in never.mccs


@dataclass(frozen=True, slots=True)
class Basket:
    """A purchase as the rules see it: amounts in minor units by group of lines, on a local day, by a member of a tier."""

    partner: str
    channel: Channel
    tier: str | None
    day: date
    groups: Mapping[LineGroup, int]
    counters: Mapping[CounterKey, int]


def group_lines(purchase: Purchase, mcc: str | None, by_sku: bool) -> dict[LineGroup, int]:
    """Sum the lines that no rule can tell apart; the partner's merchant category code stands in where a line has none."""
    if not purchase.lines:
        return {(LineKind.PRODUCT, None, mcc, None): purchase.amount_minor}
    groups: dict[LineGroup, int] = {}
    for line in purchase.lines:
        group = (line.kind, line.category, line.mcc or mcc, line.sku if by_sku else None)
        groups[group] = groups.get(group, 0) + line.amount_minor
    return groups
