"""A card of nobody, with something in every place: what a style is drawn with before members have it; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from honeyguide.quantities import UnitKind
from honeyguide.wallet.card import Card, CardBalance, CardProgram, CardProgress, CardUnit

_NOBODY: Final = UUID(int=0)
_WHOLE_UNITS: Final = 12_480


def sample_program(placeholders: Iterable[str], languages: tuple[str, ...]) -> CardProgram:
    """A program that has what these placeholders name."""
    parts = [name.split(".") for name in placeholders if name.split(".")[0] in ("balance", "pending", "expiring")]
    money = {unit for _, unit, *what in parts if what in (["currency"], ["micros"])}
    units = {unit: _unit(unit, is_money=unit in money) for _, unit, *_ in parts} or {"points": _unit("points", is_money=False)}
    return CardProgram(
        code="sample",
        name={"en": "Sample Rewards"},
        languages=languages or ("en",),
        units=units,
        tiers={"silver": {"en": "Silver"}, "gold": {"en": "Gold"}},
        terms={"en": "Terms of the program."},
        support={"en": "+1 202 555 0100"},
    )


def sample_card(program: CardProgram, style: str, locale: str) -> Card:
    """A member who has everything: balances, something pending, something that expires, a tier and one above it."""
    units, tiers = list(program.units.values()), list(program.tiers)
    until = date(2027, 12, 31)
    held = tuple(CardBalance(unit.code, _WHOLE_UNITS * 10**unit.decimals, 50, ((until, 150),)) for unit in units)
    return Card(
        program_id=_NOBODY,
        member_id=_NOBODY,
        pass_id=_NOBODY,
        version=1,
        style=style,
        serial="0" * 32,
        barcode="12345678901234567890",
        locale=locale,
        member_name="Alexandra Example",
        member_number="1234567890128",
        program=program,
        tier=tiers[-2] if len(tiers) > 1 else tiers[0] if tiers else None,
        balances=held,
        progress=CardProgress(tiers[-1], units[0].code, 1170, 2000, 830, until) if tiers and units else None,
    )


def _unit(code: str, *, is_money: bool) -> CardUnit:
    if is_money:
        return CardUnit(code, UnitKind.MONEY, 2, {}, "EUR")
    return CardUnit(code, UnitKind.POINTS, 0, {"en": {"one": code.removesuffix("s"), "other": code}})
