"""The words around a reason that no single rule owns, by language; a language that is missing reads English."""

from __future__ import annotations

from collections.abc import Mapping

PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "tier": ", times {tier_multiplier} as {tier}",
        "factors": ", with more on some categories",
        "carried": ", with {carried} carried over",
        "owed": ", with {carried} from a return",
        "capped": ", at most {cap} {cap_unit} {cap_period}",
        "cap": "the limit of {cap} {cap_unit} {cap_period} is reached",
        "stacking": "{winner} counts instead",
        "beyond": ", {base_percent} % on the {beyond} beyond the limit",
        "purchase": "per purchase",
        "day": "a day",
        "week": "a week",
        "month": "a month",
        "quarter": "a quarter",
        "half_year": "every half-year",
        "year": "a year",
        "always": "in all",
    },
    "de": {
        "tier": ", mal {tier_multiplier} als {tier}",
        "factors": ", mit mehr auf einige Warengruppen",
        "carried": ", mit {carried} Übertrag",
        "owed": ", mit {carried} aus einer Rückgabe",
        "capped": ", höchstens {cap} {cap_unit} {cap_period}",
        "cap": "die Grenze von {cap} {cap_unit} {cap_period} ist erreicht",
        "stacking": "stattdessen zählt {winner}",
        "beyond": ", {base_percent} % auf die {beyond} über der Grenze",
        "purchase": "je Einkauf",
        "day": "am Tag",
        "week": "in der Woche",
        "month": "im Monat",
        "quarter": "im Quartal",
        "half_year": "im Halbjahr",
        "year": "im Jahr",
        "always": "insgesamt",
    },
}


def phrases(language: str) -> Mapping[str, str]:
    return PHRASES.get(language.split("-", maxsplit=1)[0], PHRASES["en"])
