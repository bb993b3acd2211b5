"""Single words of a program as people write them: names of units and tiers, quantities, money, days; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from honeyguide.programs.event_phrases import DAYS, MONEY, QUANTITIES, TIERS
from honeyguide.programs.localised import in_language, negotiate, plural
from honeyguide.programs.program import Program
from honeyguide.quantities import from_minor

# Inputs that are amounts of money in minor units of the program's currency.
_MONEY = frozenset(("amount", "at_rate", "beyond", "carried", "every", "gap", "minimum", "per")) | MONEY
_NUMBERS = frozenset(("earn", "rate_percent", "base_percent", "tier_multiplier"))
_ISO_DAY = len("2026-11-22")


def language_for(program: Program, wanted: Iterable[str]) -> str:
    """The program's language that a reader gets: Accept-Language and the member's locale, most wished first."""
    return negotiate(wanted, program.locales, program.default_locale)


def unit_name(program: Program, unit: str, count: Decimal | int, language: str) -> str:
    """The unit's name for so many (not in minor units), by the language's plural rules."""
    definition = program.units[unit]
    language = language_for(program, (language,))
    spoken = language if language in definition.name or language.split("-")[0] in definition.name else program.default_locale
    return plural(in_language(definition.name, spoken, program.default_locale), count, spoken)


def tier_name(program: Program, tier: str, language: str) -> str:
    """The tier's name, or its code where the program has no such tier."""
    level = program.tiers.levels.get(tier) if program.tiers else None
    return in_language(level.name, language_for(program, (language,)), program.default_locale) if level else tier


def word(program: Program, unit: str, name: str, value: Any, language: str) -> str:
    """What was recorded under a name, by what the name says: money, a quantity of the unit, a rate, a day, a tier, or as it is."""
    locale = language.replace("-", "_")
    if name in _MONEY:
        return format_currency(from_minor(int(value), program.currency_decimals), program.currency, locale=locale)
    if name in QUANTITIES:
        return quantity_words(program, unit, int(value), language)
    if name in _NUMBERS:
        return format_decimal(Decimal(str(value)), locale=locale)
    if name in DAYS:
        return _day(program, str(value), locale)
    return tier_name(program, str(value), language) if name in TIERS else str(value)


def _day(program: Program, value: str, locale: str) -> str:
    """The local day of an ISO moment, or an ISO day as it is; what is neither stays as it was recorded."""
    try:
        day = date.fromisoformat(value) if len(value) == _ISO_DAY else program.local_day(datetime.fromisoformat(value))
    except ValueError:
        return value
    return format_date(day, locale=locale)


def quantity_words(program: Program, unit: str, minor: int, language: str) -> str:
    """So many of a unit: money with its currency, all others without their name."""
    locale, amount = language.replace("-", "_"), in_units(program, unit, minor)
    money = program.unit_currency(unit) if unit in program.units else None
    return format_currency(amount, money, locale=locale) if money else format_decimal(amount, locale=locale)


def name_beside(program: Program, unit: str, minor: int, language: str) -> str:
    """The unit's name beside a quantity in minor units; nothing for money, which says its currency already."""
    if unit not in program.units or program.unit_currency(unit):
        return ""
    return unit_name(program, unit, in_units(program, unit, minor), language)


def in_units(program: Program, unit: str, minor: int) -> Decimal:
    """Minor units of a unit as so many; of a unit that the program no longer has, as they are."""
    return from_minor(minor, program.decimals(unit)) if unit in program.units else Decimal(minor)
