"""The lines of a statement, by kind and language."""

from __future__ import annotations

from honeyguide.api.types.activity import ActivityKind

# With a partner, without one.
_ENGLISH = {
    ActivityKind.EARNED: ("Purchase at {partner}", "Earned"),
    ActivityKind.PENDING: ("Purchase at {partner}, available later", "Earned, available later"),
    ActivityKind.ACTIVATED: ("Now available", "Now available"),
    ActivityKind.REDEEMED: ("Redeemed at {partner}", "Redeemed"),
    ActivityKind.HELD: ("Reserved at {partner}", "Reserved"),
    ActivityKind.RELEASED: ("Reservation at {partner} released", "Reservation released"),
    ActivityKind.REVERSED: ("Return at {partner}", "Taken back"),
    ActivityKind.EXPIRED: ("Expired", "Expired"),
    ActivityKind.ADJUSTED: ("Adjusted by customer care", "Adjusted by customer care"),
    ActivityKind.TRANSFERRED: ("Transferred", "Transferred"),
}
_GERMAN = {
    ActivityKind.EARNED: ("Einkauf bei {partner}", "Gesammelt"),
    ActivityKind.PENDING: ("Einkauf bei {partner}, später verfügbar", "Gesammelt, später verfügbar"),
    ActivityKind.ACTIVATED: ("Jetzt verfügbar", "Jetzt verfügbar"),
    ActivityKind.REDEEMED: ("Eingelöst bei {partner}", "Eingelöst"),
    ActivityKind.HELD: ("Reserviert bei {partner}", "Reserviert"),
    ActivityKind.RELEASED: ("Reservierung bei {partner} aufgehoben", "Reservierung aufgehoben"),
    ActivityKind.REVERSED: ("Rückgabe bei {partner}", "Zurückgenommen"),
    ActivityKind.EXPIRED: ("Verfallen", "Verfallen"),
    ActivityKind.ADJUSTED: ("Korrektur der Kundenbetreuung", "Korrektur der Kundenbetreuung"),
    ActivityKind.TRANSFERRED: ("Übertragen", "Übertragen"),
}
_BY_LANGUAGE = {"en": _ENGLISH, "de": _GERMAN}


def title_of(kind: ActivityKind, partner: str | None, language: str) -> str:
    with_partner, without = _BY_LANGUAGE.get(language.split("-", maxsplit=1)[0], _ENGLISH)[kind]
    return with_partner.format(partner=partner) if partner else without
