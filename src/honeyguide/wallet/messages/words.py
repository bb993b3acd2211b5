"""A message in every language of its program; pure."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale
from babel.dates import format_date

from honeyguide.programs.localised import in_language
from honeyguide.programs.pass_messages import filled
from honeyguide.programs.program import Program
from honeyguide.wallet.faces.card_program import card_program
from honeyguide.wallet.faces.face import clean, quantity_text
from honeyguide.wallet.messages.decide import Due


def worded(program: Program, due: Due) -> tuple[dict[str, str], dict[str, str]]:
    """Header and body by language; raises KeyError for a kind that the program no longer has."""
    terms = dict(program.pass_messages.kinds())[due.kind]
    header, body = {}, {}
    for language in program.locales:
        words = _words(program, due, language)
        header[language] = clean(filled(in_language(terms.header, language, program.default_locale), words))
        body[language] = clean(filled(in_language(terms.body, language, program.default_locale), words), lines=True)
    return header, body


def _words(program: Program, due: Due, language: str) -> Mapping[str, str]:
    locale, units = Locale.parse(language, sep="-"), card_program(program, "").units
    words = {"program": in_language(program.name, language, program.default_locale)}
    if due.quantity is not None:
        unit, minor = due.quantity
        words["quantity"] = quantity_text(minor, units[unit], locale)
    if due.day is not None:
        words["date"] = str(format_date(due.day, "long", locale=locale))
    if due.risk is not None:
        risk, levels = due.risk, program.ladder.levels
        names = {
            code: in_language(levels[code].name, language, program.default_locale) for code in (risk.tier, risk.drops_to) if code in levels
        }
        words |= {"tier": names.get(risk.tier, risk.tier), "drops_to": names.get(risk.drops_to, risk.drops_to)}
        words["missing"] = ", ".join(
            quantity_text(minor, units[metric], locale) for metric, minor in risk.missing.items() if metric in units
        )
        words["date"] = str(format_date(program.local_day(risk.until), "long", locale=locale))
    return words
