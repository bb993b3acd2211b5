"""What a card shows that is no membership's balance: a voucher, a gift card, a membership that is paid for; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Voucher:
    """`worth` is what it gives ("5 EUR off", "A free coffee"), `until` the last day."""

    title: Mapping[str, str]
    worth: Mapping[str, str]
    number: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class GiftCard:
    """Minor units of a money unit of the program that are on the card."""

    number: str
    unit: str
    amount: int
    until: date | None = None


@dataclass(frozen=True, slots=True)
class PaidMembership:
    """`until` is paid; then it `renews` for `price`, minor units of a money unit, or ends."""

    plan: Mapping[str, str]
    since: date
    until: date
    renews: bool
    price: tuple[str, int] | None = None


Reward: TypeAlias = Voucher | GiftCard | PaidMembership
