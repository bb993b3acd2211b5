"""Amounts of money, in and out."""

from __future__ import annotations

from decimal import Decimal

import strawberry
from babel.numbers import get_currency_precision, list_currencies

from honeyguide.api.scalars import CurrencyCode
from honeyguide.programs.program import Program
from honeyguide.quantities import Rounding, from_minor, round_minor

_KNOWN = frozenset(list_currencies())


@strawberry.type(description="An amount of a currency.")
class Money:
    amount: Decimal = strawberry.field(description="With all decimals of the currency.")
    currency: CurrencyCode = strawberry.field(description="Which currency.")

    @classmethod
    def of(cls, amount_minor: int, currency: str) -> Money:
        return cls(amount=from_minor(amount_minor, currency_decimals(currency)), currency=CurrencyCode(currency))


@strawberry.input(description="An amount of a currency.")
class MoneyInput:
    amount: Decimal = strawberry.field(description="With at most the decimals of the currency.")
    currency: CurrencyCode = strawberry.field(description="Which currency.")


def currency_known(currency: str) -> bool:
    return currency in _KNOWN


def currency_decimals(currency: str) -> int:
    """How many decimals ISO 4217 gives a currency."""
    return get_currency_precision(currency)


def worth_of(program: Program, unit: str, minor: int) -> Money | None:
    """Money is worth itself; of points the program file says what one is worth, and a part of a cent is not counted."""
    currency = program.unit_currency(unit)
    if currency is not None:
        return Money.of(minor, currency)
    worth = program.units[unit].worth
    if worth is None:
        return None
    exact = from_minor(minor, program.decimals(unit)) * worth * 10**program.currency_decimals
    return Money.of(round_minor(exact, Rounding.FLOOR), program.currency)
