"""A program in words: names of units and tiers, ways to earn, and why a rule gave what it gave; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal

from honeyguide.programs.cashback import BASE, Cashback, CashbackRow
from honeyguide.programs.earning.registry import KINDS
from honeyguide.programs.earning.rule import EarningRule
from honeyguide.programs.localised import in_language, negotiate, plural
from honeyguide.programs.phrases import phrases
from honeyguide.programs.program import Program
from honeyguide.quantities import from_minor

# Inputs that are amounts of money in minor units of the program's currency.
_MONEY = frozenset(("amount", "at_rate", "beyond", "carried", "every", "gap", "minimum", "per"))


@dataclass(frozen=True, slots=True)
class WayToEarn:
    """A rule as members read it; `text` is its title where the file has no text."""

    rule: str
    title: str
    text: str
    unit: str


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


def rule_title(program: Program, rule: str, language: str) -> str:
    """The title of a rule or row of cashback; its code where the program no longer has it."""
    found = _rules(program).get(rule)
    return in_language(found.title, language_for(program, (language,)), program.default_locale) if found else rule


def ways_to_earn(program: Program, language: str) -> tuple[WayToEarn, ...]:
    """Every rule and row of cashback in the order of the file; the base rate of cashback last, where there is one."""
    language = language_for(program, (language,))
    ways = []
    for code, rule in _rules(program).items():
        if isinstance(rule, Cashback) and not rule.base_percent:
            continue
        title = in_language(rule.title, language, program.default_locale)
        text = in_language(rule.text, language, program.default_locale) if rule.text else title
        ways.append(WayToEarn(code, title, text, _unit_of(program, rule)))
    return tuple(ways)


def reason_text(program: Program, because: Mapping[str, Any], language: str) -> str:
    """Why this many, in one line: `Points on every purchase: 1 point per $1.00, on $79.90, times 1.25 as Forager`.

    Reads what a transaction recorded ({rule, quantity, unit, inputs}); a kind that is unknown by now reads as the rule's title.
    """
    language = language_for(program, (language,))
    inputs = because.get("inputs") or {}
    title = rule_title(program, str(because.get("rule", "")), language)
    sentence = _sentence(inputs, language)
    if not sentence:
        return title
    return f"{title}: {_filled(sentence, _words(program, because, inputs, language))}"


def _sentence(inputs: Mapping[str, Any], language: str) -> str | None:
    """The pattern of a reason: the kind's own sentence, and what was special this time."""
    kind, spoken, around = str(inputs.get("kind")), language.split("-", maxsplit=1)[0], phrases(language)
    if kind in ("cap", "stacking"):
        return around[kind]
    explained = KINDS.get(kind) or (Cashback if kind == "cashback" else None)
    if explained is None:
        return None
    sentences = explained.SENTENCES
    suffix = ":missed" if inputs.get("why") == "missed" else ""
    sentence = sentences.get(f"{spoken}{suffix}") or sentences.get(f"en{suffix}")
    if suffix or sentence is None:
        return sentence
    carried = "owed" if int(inputs.get("carried", 0)) < 0 else "carried"
    extras = (("factors", "factors"), ("tier_multiplier", "tier"), ("carried", carried), ("beyond", "beyond"), ("cap", "capped"))
    return sentence + "".join(around[phrase] for name, phrase in extras if name in inputs)


def _words(program: Program, because: Mapping[str, Any], inputs: Mapping[str, Any], language: str) -> dict[str, str]:
    """The inputs as people of that language write them."""
    unit = str(because.get("unit"))
    locale = language.replace("-", "_")
    words = {name: _word(program, name, value, locale) for name, value in inputs.items()}
    count = Decimal(str(inputs.get("earn", 2)))
    words["unit"] = unit_name(program, unit, count, language) if unit in program.units else unit
    if "tier" in inputs:
        words["tier"] = tier_name(program, str(inputs["tier"]), language)
    if "winner" in inputs:
        words["winner"] = rule_title(program, str(inputs["winner"]), language)
    if "cap_period" in inputs:
        words["cap_period"] = phrases(language).get(str(inputs["cap_period"]), "")
        cap = _cap(program, unit, int(inputs["cap"]))
        money = program.unit_currency(unit) if unit in program.units else None
        words["cap"] = format_currency(cap, money, locale=locale) if money else format_decimal(cap, locale=locale)
        words["cap_unit"] = "" if money or unit not in program.units else unit_name(program, unit, cap, language)
    return words


def _word(program: Program, name: str, value: Any, locale: str) -> str:
    if name in _MONEY:
        return format_currency(from_minor(int(value), program.currency_decimals), program.currency, locale=locale)
    if name in ("earn", "rate_percent", "base_percent", "tier_multiplier"):
        return format_decimal(Decimal(str(value)), locale=locale)
    return str(value)


def _cap(program: Program, unit: str, cap: int) -> Decimal:
    return from_minor(cap, program.decimals(unit)) if unit in program.units else Decimal(cap)


def _filled(sentence: str, words: Mapping[str, str]) -> str:
    """The sentence with its words; a word that an older version did not record leaves its name out."""
    return " ".join(sentence.format_map(_Lenient(words)).split()).replace(" ,", ",")


class _Lenient(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _rules(program: Program) -> dict[str, EarningRule | CashbackRow | Cashback]:
    rules: dict[str, EarningRule | CashbackRow | Cashback] = {**program.earning}
    if program.cashback:
        rules |= {**program.cashback.rows, BASE: program.cashback}
    return rules


def _unit_of(program: Program, rule: EarningRule | CashbackRow | Cashback) -> str:
    if isinstance(rule, CashbackRow):
        return program.cashback.unit if program.cashback else ""
    return rule.unit
