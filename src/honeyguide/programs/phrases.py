"""The words around a reason that no single rule owns, by language; a language that is missing reads English."""

from __future__ import annotations

from collections.abc import Mapping

from honeyguide.programs.localised import in_language

PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "tier": ", times {tier_multiplier} as {tier}",
        "factors": ", with more on some categories",
        "carried": ", with {carried} carried over",
        "owed": ", with {carried} from a return",
        "lot": ", good until {lot_until}",
        "unmet_channel": "only {channels}",
        "unmet_tier": "only as {tiers}",
        "unmet_partner": "only at {at}",
        "STORE": "in the shop",
        "ONLINE": "online",
        "APP": "in the app",
        "PHONE": "by phone",
        "or": " or ",
        "GOODWILL": "goodwill",
        "CORRECTION": "a correction",
        "MIGRATION": "brought from another program",
        "OTHER": "",
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
        "lot": ", gültig bis {lot_until}",
        "unmet_channel": "nur {channels}",
        "unmet_tier": "nur als {tiers}",
        "unmet_partner": "nur bei {at}",
        "STORE": "im Laden",
        "ONLINE": "online",
        "APP": "in der App",
        "PHONE": "am Telefon",
        "or": " oder ",
        "GOODWILL": "aus Kulanz",
        "CORRECTION": "eine Korrektur",
        "MIGRATION": "aus einem anderen Programm übernommen",
        "OTHER": "",
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
    return in_language(PHRASES, language, "en")
