"""The sentences of refusals, by code and language; of some input fields more exact ones."""

from __future__ import annotations

from collections.abc import Sequence

from honeyguide.api.types.errors import ErrorCode

_ENGLISH = {
    "MEMBER_NOT_FOUND": "No member was found.",
    "MEMBER_REQUIRED": "A member is needed.",
    "DUPLICATE_REFERENCE": "This reference was posted before.",
    "IDEMPOTENCY_CONFLICT": "This idempotency key was used for another request.",
    "INSUFFICIENT_BALANCE": "Not enough: {asked} asked, {available} available.",
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
    "IN_THE_FUTURE": "The time lies more than ten minutes in the future.",
    "IN_THE_PAST": "The date has passed.",
    "INVALID_VALUE": "The value is not valid.",
    "BATCH_TOO_LARGE": "Too many items at once; at most {most}.",
    "HOLD_NOT_OPEN": "The reservation is no longer open.",
    "ABOVE_HOLD": "More than was reserved.",
    "NOTHING_LEFT_TO_REVERSE": "Nothing is left to reverse.",
    "NOT_REVERSIBLE": "This cannot be reversed.",
    "NOT_FOUND": "Not found.",
    "RETRY_LATER": "Too busy now; please try again.",
    "INTERNAL": "This failed on our side.",
    "ALREADY_EXISTS": "It exists already.",
    "INVALID_PROGRAM": "The program file has mistakes.",
    # By code and the last part of the path.
    "MEMBER_REQUIRED email": "An e-mail address or a phone number is needed.",
    "LIMIT_EXCEEDED amount": "The amount is larger than the books can hold.",
    "LIMIT_EXCEEDED quantity": "The quantity is larger than the books can hold.",
    "LIMIT_EXCEEDED lines": "Too many lines; at most {limit}.",
    "NEGATIVE_AMOUNT quantity": "The quantity must not lie below zero.",
    "TOO_MANY_DECIMALS quantity": "The quantity has too many decimals; at most {decimals}.",
    "TOO_MANY_DECIMALS amount": "The amount has too many decimals; at most {decimals}.",
    "INVALID_VALUE amount": "A discount takes away: its amount is negative.",
    "INVALID_VALUE email": "This is no e-mail address.",
    "INVALID_VALUE phone": "This is no phone number; E.164 is needed, such as +12025550123.",
    "INVALID_VALUE locale": "This is no language; BCP 47 is needed, such as en or de-AT.",
    "NOT_FOUND style": "The program has no such pass style.",
    "ALREADY_EXISTS code": "A partner of this code exists already.",
    "ALREADY_EXISTS lineId": "Two lines have the same id.",
    "ALREADY_EXISTS expectedVersion": "Somebody else was first: version {version} is in force now.",
}
_GERMAN = {
    "MEMBER_NOT_FOUND": "Kein Mitglied gefunden.",
    "MEMBER_REQUIRED": "Ein Mitglied muss angegeben werden.",
    "DUPLICATE_REFERENCE": "Dieser Beleg wurde schon gebucht.",
    "IDEMPOTENCY_CONFLICT": "Dieser Idempotenzschlüssel wurde für eine andere Anfrage verwendet.",
    "INSUFFICIENT_BALANCE": "Nicht genug: {asked} verlangt, {available} verfügbar.",
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
    "IN_THE_FUTURE": "Der Zeitpunkt liegt mehr als zehn Minuten in der Zukunft.",
    "IN_THE_PAST": "Der Tag liegt in der Vergangenheit.",
    "INVALID_VALUE": "Der Wert ist nicht gültig.",
    "BATCH_TOO_LARGE": "Zu viel auf einmal; höchstens {most}.",
    "HOLD_NOT_OPEN": "Die Reservierung ist nicht mehr offen.",
    "ABOVE_HOLD": "Mehr als reserviert wurde.",
    "NOTHING_LEFT_TO_REVERSE": "Es ist nichts mehr zu stornieren.",
    "NOT_REVERSIBLE": "Das lässt sich nicht stornieren.",
    "NOT_FOUND": "Nicht gefunden.",
    "RETRY_LATER": "Gerade überlastet; bitte noch einmal versuchen.",
    "INTERNAL": "Das ist auf unserer Seite fehlgeschlagen.",
    "ALREADY_EXISTS": "Das gibt es schon.",
    "INVALID_PROGRAM": "Die Programmdatei hat Fehler.",
    "MEMBER_REQUIRED email": "Eine E-Mail-Adresse oder eine Telefonnummer wird gebraucht.",
    "LIMIT_EXCEEDED amount": "Der Betrag ist größer, als die Bücher fassen.",
    "LIMIT_EXCEEDED quantity": "Die Menge ist größer, als die Bücher fassen.",
    "LIMIT_EXCEEDED lines": "Zu viele Zeilen; höchstens {limit}.",
    "NEGATIVE_AMOUNT quantity": "Die Menge darf nicht unter null liegen.",
    "TOO_MANY_DECIMALS quantity": "Die Menge hat zu viele Nachkommastellen; höchstens {decimals}.",
    "TOO_MANY_DECIMALS amount": "Der Betrag hat zu viele Nachkommastellen; höchstens {decimals}.",
    "INVALID_VALUE amount": "Ein Rabatt zieht ab: Sein Betrag ist negativ.",
    "INVALID_VALUE email": "Das ist keine E-Mail-Adresse.",
    "INVALID_VALUE phone": "Das ist keine Telefonnummer nach E.164, wie +4930901820.",
    "INVALID_VALUE locale": "Das ist keine Sprache nach BCP 47, wie en oder de-AT.",
    "NOT_FOUND style": "Diese Karte bietet das Programm nicht an.",
    "ALREADY_EXISTS code": "Einen Partner mit diesem Code gibt es schon.",
    "ALREADY_EXISTS lineId": "Zwei Zeilen haben dieselbe Kennung.",
    "ALREADY_EXISTS expectedVersion": "Jemand war schneller: in Kraft ist jetzt Version {version}.",
}
_BY_LANGUAGE = {"en": _ENGLISH, "de": _GERMAN}


def message(code: ErrorCode, language: str, path: Sequence[str] = (), **facts: object) -> str:
    """The sentence of a refusal; languages without sentences of their own read English."""
    sentences = _BY_LANGUAGE.get(language.split("-", maxsplit=1)[0], _ENGLISH)
    exact = sentences.get(f"{code} {path[-1]}") if path else None
    return (exact or sentences[code]).format_map(_Facts(facts))


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"
