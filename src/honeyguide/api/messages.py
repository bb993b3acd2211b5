"""The sentences of refusals, by code and language."""

from __future__ import annotations

from honeyguide.api.types.errors import ErrorCode

_ENGLISH = {
    "MEMBER_NOT_FOUND": "No member was found.",
    "MEMBER_REQUIRED": "A member is needed.",
    "DUPLICATE_REFERENCE": "This reference was posted before.",
    "IDEMPOTENCY_CONFLICT": "This idempotency key was used for another request.",
    "INSUFFICIENT_BALANCE": "{asked} were asked, {available} are available.",
    "PROOF_REQUIRED": "The member must show a code or approve in the app.",
    "LIMIT_EXCEEDED": "A limit is reached: {limit}.",
    "CODE_REJECTED": "The code is not valid (any more).",
    "UNKNOWN_UNIT": "The program has no such unit.",
    "UNKNOWN_CURRENCY": "The program does not take this currency.",
    "UNKNOWN_LOCATION": "There is no such location.",
    "NEGATIVE_AMOUNT": "The amount must not lie below zero.",
    "ZERO_QUANTITY": "The quantity must not be zero.",
    "TOO_MANY_DECIMALS": "The amount has too many decimals.",
    "LINES_DO_NOT_ADD_UP": "The lines do not sum to the amount.",
    "IN_THE_FUTURE": "The time lies in the future.",
    "IN_THE_PAST": "The date has passed.",
    "INVALID_VALUE": "The value is not valid.",
    "BATCH_TOO_LARGE": "Too many items at once; at most {most}.",
    "HOLD_NOT_OPEN": "The reservation is no longer open.",
    "ABOVE_HOLD": "More than was reserved.",
    "NOTHING_LEFT_TO_REVERSE": "Nothing is left to reverse.",
    "NOT_REVERSIBLE": "This cannot be reversed.",
    "NOT_FOUND": "Not found.",
    "RETRY_LATER": "Too busy now; please try again.",
    "ALREADY_EXISTS": "It exists already.",
    "INVALID_PROGRAM": "The program file has mistakes.",
}
_GERMAN = {
    "MEMBER_NOT_FOUND": "Kein Mitglied gefunden.",
    "MEMBER_REQUIRED": "Ein Mitglied muss angegeben werden.",
    "DUPLICATE_REFERENCE": "Dieser Beleg wurde schon gebucht.",
    "IDEMPOTENCY_CONFLICT": "Dieser Idempotenzschlüssel wurde für eine andere Anfrage verwendet.",
    "INSUFFICIENT_BALANCE": "{asked} verlangt, {available} verfügbar.",
    "PROOF_REQUIRED": "Das Mitglied muss einen Code zeigen oder in der App zustimmen.",
    "LIMIT_EXCEEDED": "Eine Grenze ist erreicht: {limit}.",
    "CODE_REJECTED": "Der Code gilt nicht (mehr).",
    "UNKNOWN_UNIT": "Diese Einheit kennt das Programm nicht.",
    "UNKNOWN_CURRENCY": "Diese Währung nimmt das Programm nicht.",
    "UNKNOWN_LOCATION": "Diese Filiale gibt es nicht.",
    "NEGATIVE_AMOUNT": "Der Betrag darf nicht unter null liegen.",
    "ZERO_QUANTITY": "Die Menge darf nicht null sein.",
    "TOO_MANY_DECIMALS": "Der Betrag hat zu viele Nachkommastellen.",
    "LINES_DO_NOT_ADD_UP": "Die Zeilen ergeben nicht den Betrag.",
    "IN_THE_FUTURE": "Der Zeitpunkt liegt in der Zukunft.",
    "IN_THE_PAST": "Der Tag liegt in der Vergangenheit.",
    "INVALID_VALUE": "Der Wert ist nicht gültig.",
    "BATCH_TOO_LARGE": "Zu viel auf einmal; höchstens {most}.",
    "HOLD_NOT_OPEN": "Die Reservierung ist nicht mehr offen.",
    "ABOVE_HOLD": "Mehr als reserviert wurde.",
    "NOTHING_LEFT_TO_REVERSE": "Es ist nichts mehr zu stornieren.",
    "NOT_REVERSIBLE": "Das lässt sich nicht stornieren.",
    "NOT_FOUND": "Nicht gefunden.",
    "RETRY_LATER": "Gerade überlastet; bitte noch einmal versuchen.",
    "ALREADY_EXISTS": "Das gibt es schon.",
    "INVALID_PROGRAM": "Die Programmdatei hat Fehler.",
}
_BY_LANGUAGE = {"en": _ENGLISH, "de": _GERMAN}


def message(code: ErrorCode, language: str, **facts: object) -> str:
    """The sentence of a refusal; languages without sentences of their own read English."""
    return _BY_LANGUAGE.get(language.split("-", maxsplit=1)[0], _ENGLISH)[code].format_map(_Facts(facts))


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"
