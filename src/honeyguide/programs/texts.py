"""A program in words: ways to earn, and why a rule or an event gave or took what it did; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from honeyguide.programs.cashback import BASE, Cashback, CashbackRow
from honeyguide.programs.earning.registry import KINDS
from honeyguide.programs.earning.rule import EarningRule
from honeyguide.programs.event_phrases import event_sentence, is_event
from honeyguide.programs.localised import in_language
from honeyguide.programs.phrases import phrases
from honeyguide.programs.program import Program
from honeyguide.programs.words import language_for, name_beside, quantity_words, tier_name, unit_name, word

__all__ = ["WayToEarn", "language_for", "reason_text", "rule_title", "tier_name", "unit_name", "ways_to_earn"]


@dataclass(frozen=True, slots=True)
class WayToEarn:
    """A rule as members read it; `text` is its title where the file has no text."""

    rule: str
    title: str
    text: str
    unit: str


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
    What no rule gave has the rule '' and no title: `70 points taken back: 50 from this purchase, 20 owed`.
    """
    language = language_for(program, (language,))
    inputs = because.get("inputs") or {}
    title = rule_title(program, str(because.get("rule", "")), language)
    sentence = _sentence(inputs, language)
    if not sentence:
        return title
    filled = _filled(sentence, _words(program, because, inputs, language))
    return f"{title}: {filled}" if title else filled[:1].upper() + filled[1:]


def _sentence(inputs: Mapping[str, Any], language: str) -> str | None:
    """The pattern of a reason: the kind's own sentence, and what was special this time."""
    kind, spoken, around = str(inputs.get("kind")), language.split("-", maxsplit=1)[0], phrases(language)
    if kind in ("cap", "stacking", "unmet_channel", "unmet_tier", "unmet_partner"):
        return around[kind]
    if (event := event_sentence(kind, inputs, spoken)) is not None:
        return event
    explained = KINDS.get(kind) or (Cashback if kind == "cashback" else None)
    if explained is None:
        return None
    sentences = explained.SENTENCES
    suffix = ":missed" if inputs.get("why") == "missed" else ""
    sentence = sentences.get(f"{spoken}{suffix}") or sentences.get(f"en{suffix}")
    if suffix or sentence is None:
        return sentence
    carried = "owed" if int(inputs.get("carried", 0)) < 0 else "carried"
    extras = (
        ("factors", "factors"),
        ("tier_multiplier", "tier"),
        ("carried", carried),
        ("beyond", "beyond"),
        ("cap", "capped"),
        ("lot_until", "lot"),
    )
    return sentence + "".join(around[phrase] for name, phrase in extras if inputs.get(name) is not None)


def _words(program: Program, because: Mapping[str, Any], inputs: Mapping[str, Any], language: str) -> dict[str, str]:
    """The inputs as people of that language write them."""
    unit, quantity = str(because.get("unit")), abs(int(because.get("quantity") or 0))
    words = {name: word(program, unit, name, value, language) for name, value in inputs.items() if value is not None}
    words["quantity"] = quantity_words(program, unit, quantity, language)
    if is_event(str(inputs.get("kind"))):
        words["unit"] = name_beside(program, unit, quantity, language)
    else:
        words["unit"] = unit_name(program, unit, Decimal(str(inputs.get("earn", 2))), language) if unit in program.units else unit
    words |= _chosen(program, inputs, language)
    if "reason" in inputs:
        words["reason"] = phrases(language).get(str(inputs["reason"]), str(inputs["reason"]))
    if "winner" in inputs:
        words["winner"] = rule_title(program, str(inputs["winner"]), language)
    if "cap_period" in inputs:
        cap = int(inputs["cap"])
        words["cap_period"] = phrases(language).get(str(inputs["cap_period"]), "")
        words["cap"], words["cap_unit"] = quantity_words(program, unit, cap, language), name_beside(program, unit, cap, language)
    return words


def _chosen(program: Program, inputs: Mapping[str, Any], language: str) -> dict[str, str]:
    """Lists of what a rule asks for, codes with blanks between: `in the app or online`."""
    around = phrases(language)
    said: dict[str, Callable[[str], str]] = {
        "channels": lambda code: around.get(code, code),
        "tiers": lambda code: tier_name(program, code, language),
        "at": lambda code: in_language(program.partners[code].name, language, program.default_locale) if code in program.partners else code,
    }
    return {name: around["or"].join(map(say, str(inputs[name]).split())) for name, say in said.items() if name in inputs}


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
