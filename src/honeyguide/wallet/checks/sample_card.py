"""A card of nobody, with something in every place: what a style is drawn with before members have it; pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from honeyguide.quantities import UnitKind
from honeyguide.wallet.faces.card import Card, CardBalance, CardProgram, CardProgress, CardUnit
from honeyguide.wallet.faces.card_rewards import GiftCard, PaidMembership, Reward, Voucher

_NOBODY: Final = UUID(int=0)
_WHOLE_UNITS: Final = 12_480
_UNTIL: Final = date(2027, 12, 31)
_MONEY, _COUNTED = ({"currency", "micros"}, {"count", "unit"})  # what is there of the one kind of unit only


def sample_programs(placeholders: Collection[str], languages: tuple[str, ...]) -> tuple[CardProgram, ...]:
    """Programs that have what these placeholders name; two where a place takes points and money."""
    parts = [name.split(".") for name in placeholders if name.split(".")[0] in ("balance", "pending", "expiring")]
    named = {unit for _, unit, *_ in parts}
    money = {unit for _, unit, *what in parts if _MONEY & set(what)}
    either = money & {unit for _, unit, *what in parts if _COUNTED & set(what)}
    return tuple(
        CardProgram(
            code="sample",
            name={"en": "Sample Rewards"},
            languages=languages or ("en",),
            units={unit: _unit(unit, is_money=unit in kind) for unit in sorted(named) or ("points",)}
            | {"worth": _unit("worth", is_money=True)},
            tiers={"silver": {"en": "Silver"}, "gold": {"en": "Gold"}},
            terms={"en": "Terms of the program."},
            support={"en": "+1 202 555 0100"},
        )
        for kind in ((money - either, money) if either else (money,))
    )


def sample_card(program: CardProgram, style: str, locale: str, placeholders: Collection[str] = ()) -> Card:
    """A member who has everything: balances, something pending, something that expires, a tier and one above it, the reward that is named."""
    units, tiers = list(program.units.values()), list(program.tiers)
    held = tuple(CardBalance(unit.code, _WHOLE_UNITS * 10**unit.decimals, 50, ((_UNTIL, 150),)) for unit in units)
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
        progress=CardProgress(tiers[-1], units[0].code, 1170, 2000, 830, _UNTIL) if tiers and units else None,
        reward=_reward(program, {name.split(".")[0] for name in placeholders}),
    )


def _reward(program: CardProgram, named: Collection[str]) -> Reward | None:
    money = next((unit.code for unit in program.units.values() if unit.kind is UnitKind.MONEY), None)
    if "voucher" in named:
        return Voucher({"en": "For your birthday"}, {"en": "5 EUR off"}, "HB-2K7Q-99", _UNTIL)
    if "gift" in named and money is not None:
        return GiftCard("6035 7100 0001", money, 2550, _UNTIL)
    if "plan" in named:
        return PaidMembership({"en": "Gold Bee"}, date(2027, 1, 1), _UNTIL, renews=True, price=None if money is None else (money, 4900))
    return None


def _unit(code: str, *, is_money: bool) -> CardUnit:
    if is_money:
        return CardUnit(code, UnitKind.MONEY, 2, {}, "EUR")
    return CardUnit(code, UnitKind.POINTS, 0, {"en": {"one": code.removesuffix("s"), "other": code}})
