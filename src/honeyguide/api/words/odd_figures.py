"""By which figure a till is unlike the others, in words."""

from __future__ import annotations

from honeyguide.programs.localised import in_language
from honeyguide.transactions.odd_tills import OddFigure

_ENGLISH = {
    "REVERSALS": "{hits} returns on {total} purchases, {share}; elsewhere {median}.",
    "BURNS_BY_NUMBER": "{hits} of {total} redemptions with a number alone, {share}; elsewhere {median}.",
    "SAME_MEMBER": "{hits} of {total} purchases for one member, {share}; elsewhere {median}.",
    "AT_NIGHT": "{hits} of {total} purchases at night, {share}; elsewhere {median}.",
    "LATE": "{hits} of {total} purchases posted more than a day late, {share}; elsewhere {median}.",
    "ROUND_AMOUNTS": "{hits} of {total} purchases of round amounts, {share}; elsewhere {median}.",
    "POINTS": "More points for the money than elsewhere: {share}, elsewhere {median}.",
}
_GERMAN = {
    "REVERSALS": "{hits} Rückgaben auf {total} Einkäufe, {share}; anderswo {median}.",
    "BURNS_BY_NUMBER": "{hits} von {total} Einlösungen nur mit der Nummer, {share}; anderswo {median}.",
    "SAME_MEMBER": "{hits} von {total} Einkäufen für ein Mitglied, {share}; anderswo {median}.",
    "AT_NIGHT": "{hits} von {total} Einkäufen nachts, {share}; anderswo {median}.",
    "LATE": "{hits} von {total} Einkäufen mehr als einen Tag später gebucht, {share}; anderswo {median}.",
    "ROUND_AMOUNTS": "{hits} von {total} Einkäufen über runde Beträge, {share}; anderswo {median}.",
    "POINTS": "Mehr Punkte fürs Geld als anderswo: {share}, anderswo {median}.",
}
_BY_LANGUAGE = {"en": (".", _ENGLISH), "de": (",", _GERMAN)}  # with the decimal point


def figure_words(language: str, figure: OddFigure) -> str:
    """Shares in percent, to a tenth."""
    point, sentences = in_language(_BY_LANGUAGE, language, "en")
    share, median = (f"{one // 10}{point}{one % 10} %" for one in (figure.share, figure.median))
    return sentences[figure.name].format(hits=figure.hits, total=figure.total, share=share, median=median)
