"""The lines of a statement, by what happened and language."""

from __future__ import annotations

from honeyguide.api.types.activity import ActivityKind
from honeyguide.programs.localised import in_language

# With a partner, without one. What a kind alone does not tell has a name of its own.
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
    ActivityKind.TRANSFERRED: ("Handed on", "Handed on"),
    "LAPSE": ("Reservation at {partner} has run out", "Reservation has run out"),
    "RETURNED": ("Given back by {partner}", "Given back"),
    "REINSTATEMENT": ("Back after their expiry", "Back after their expiry"),
    "RECEIVED": ("Received", "Received"),
    "MERGE": ("Memberships merged", "Memberships merged"),
    "UNMERGE": ("Memberships separated", "Memberships separated"),
    "forfeited": ("Forfeited at the end of the membership", "Forfeited at the end of the membership"),
    "paid_out": ("Paid out", "Paid out"),
    "written_off": ("Debt written off", "Debt written off"),
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
    ActivityKind.TRANSFERRED: ("Weitergegeben", "Weitergegeben"),
    "LAPSE": ("Reservierung bei {partner} abgelaufen", "Reservierung abgelaufen"),
    "RETURNED": ("Zurückerhalten von {partner}", "Zurückerhalten"),
    "REINSTATEMENT": ("Nach dem Verfall wieder da", "Nach dem Verfall wieder da"),
    "RECEIVED": ("Erhalten", "Erhalten"),
    "MERGE": ("Mitgliedschaften zusammengelegt", "Mitgliedschaften zusammengelegt"),
    "UNMERGE": ("Mitgliedschaften getrennt", "Mitgliedschaften getrennt"),
    "forfeited": ("Am Ende der Mitgliedschaft verfallen", "Am Ende der Mitgliedschaft verfallen"),
    "paid_out": ("Ausgezahlt", "Ausgezahlt"),
    "written_off": ("Schuld erlassen", "Schuld erlassen"),
}
_BY_LANGUAGE = {"en": _ENGLISH, "de": _GERMAN}


def title_of(kind: ActivityKind, event: str, against: str | None, given: bool, partner: str | None, language: str) -> str:
    """A line for a row: its kind, the event behind it, the account that stands against the member's, and which way it went."""
    with_partner, without = in_language(_BY_LANGUAGE, language, "en")[_line(kind, event, against, given)]
    return with_partner.format(partner=partner) if partner else without


def _line(kind: ActivityKind, event: str, against: str | None, given: bool) -> str:
    if event in ("LAPSE", "REINSTATEMENT", "MERGE", "UNMERGE") and kind is not ActivityKind.EXPIRED:
        return event
    if against in ("forfeited", "paid_out", "written_off"):
        return against
    if given and kind in (ActivityKind.REVERSED, ActivityKind.TRANSFERRED):
        return "RETURNED" if kind is ActivityKind.REVERSED else "RECEIVED"
    return kind
