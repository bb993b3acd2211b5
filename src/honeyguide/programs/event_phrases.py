"""What the books say of events that no rule gave, by kind and language; a language that is missing reads English.

A kind's first text is its sentence; each of the others is said, after a colon, where its input was recorded and is not nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_Said = Mapping[str, str]
_SENTENCE = ""

_ENGLISH: Mapping[str, _Said] = {
    "reversal": {"": "{kept} of {earned} {unit} stay", "refunded": "{refunded} came back", "remaining": "{remaining} remains"},
    "clawback": {
        "": "{quantity} {unit} taken back",
        "from_pending": "{from_pending} not yet available",
        "from_lot": "{from_lot} from this purchase",
        "from_breakage": "{from_breakage} that had expired",
        "from_other_lots": "{from_other_lots} from others",
        "debt": "{debt} owed",
        "written_off": "{written_off} written off",
    },
    "unmatched_return": {
        "": "{quantity} {unit} taken back for a return without a recorded purchase",
        "refunded": "{refunded} came back",
    },
    "restore": {"": "{quantity} {unit} given back with the dates they had"},
    "restore_expired": {"": "{quantity} {unit} given back after their date", "expires_at": "they now last until {expires_at}"},
    "repaid": {"": "{quantity} {unit} repaid what was owed"},
    "redemption": {
        "": "{quantity} {unit} redeemed",
        "expires_at": "those first that last until {expires_at}",
        "lots": "accruals used: {lots}",
        "partners": "earned at {partners}",
        "oldest": "the oldest on {oldest}",
    },
    "hold": {
        "": "{quantity} {unit} reserved",
        "until": "until {until}",
        "lots": "accruals used: {lots}",
        "partners": "earned at {partners}",
        "oldest": "the oldest on {oldest}",
    },
    "release": {"": "{quantity} {unit} no longer reserved"},
    "void": {"": "{quantity} {unit} no longer reserved"},
    "approval": {"": "approved in the app: {quantity} {unit} may be taken"},
    "reversed": {"": "{quantity} {unit} taken back", "reversed_at": "on {reversed_at}"},
    "returned": {"": "{quantity} {unit} given back", "reversed_at": "on {reversed_at}"},
    "written_off": {"": "{quantity} {unit} need not be given back"},
    "lapse": {"": "the reservation of {quantity} {unit} has run out"},
    "expiry": {"": "{quantity} {unit} expired", "earned_at": "earned on {earned_at}"},
    "activation": {"": "{quantity} {unit} can be redeemed from now on", "earned_at": "earned on {earned_at}"},
    "reinstatement": {"": "{quantity} {unit} that had expired are back", "expires_at": "they last until {expires_at}"},
    "adjustment": {"": "corrected by hand", "reason": "{reason}"},
    "transfer_in": {"": "{quantity} {unit} received"},
    "transfer_out": {"": "{quantity} {unit} handed on"},
    "merge": {"": "{quantity} {unit} from the membership that was merged into this one"},
    "closure": {
        "": "{quantity} {unit} at the end of the membership",
        "paid_out": "{paid_out} paid out",
        "forfeited": "{forfeited} forfeited",
    },
    "tier_review": {"": "{tier} after the review", "tier_before": "before it {tier_before}", "until": "until {until}"},
    "tier_assignment": {"": "{tier} assigned by hand", "until": "until {until}", "reason": "{reason}"},
    "tier_warning": {"": "{tier} ends on {ends_at}", "drops_to": "then {drops_to}"},
    "points_paid": {"": "{paid} was paid in points and earns nothing"},
}

_GERMAN: Mapping[str, _Said] = {
    "reversal": {
        "": "{kept} von {earned} {unit} bleiben",
        "refunded": "{refunded} kamen zurück",
        "remaining": "{remaining} bleiben gekauft",
    },
    "clawback": {
        "": "{quantity} {unit} zurückgenommen",
        "from_pending": "{from_pending} noch nicht verfügbar",
        "from_lot": "{from_lot} aus diesem Einkauf",
        "from_breakage": "{from_breakage} schon verfallen",
        "from_other_lots": "{from_other_lots} aus anderen",
        "debt": "{debt} offen",
        "written_off": "{written_off} erlassen",
    },
    "unmatched_return": {
        "": "{quantity} {unit} zurückgenommen für eine Rückgabe ohne gebuchten Einkauf",
        "refunded": "{refunded} kamen zurück",
    },
    "restore": {"": "{quantity} {unit} zurückgegeben, mit ihrem alten Datum"},
    "restore_expired": {"": "{quantity} {unit} nach ihrem Datum zurückgegeben", "expires_at": "sie gelten jetzt bis {expires_at}"},
    "repaid": {"": "{quantity} {unit} gleichen aus, was offen war"},
    "redemption": {
        "": "{quantity} {unit} eingelöst",
        "expires_at": "zuerst die bis {expires_at} gültigen",
        "lots": "benutzte Gutschriften: {lots}",
        "partners": "gesammelt bei {partners}",
        "oldest": "die älteste vom {oldest}",
    },
    "hold": {
        "": "{quantity} {unit} reserviert",
        "until": "bis {until}",
        "lots": "benutzte Gutschriften: {lots}",
        "partners": "gesammelt bei {partners}",
        "oldest": "die älteste vom {oldest}",
    },
    "release": {"": "{quantity} {unit} nicht mehr reserviert"},
    "void": {"": "{quantity} {unit} nicht mehr reserviert"},
    "approval": {"": "in der App bestätigt: {quantity} {unit} dürfen abgebucht werden"},
    "reversed": {"": "{quantity} {unit} zurückgenommen", "reversed_at": "am {reversed_at}"},
    "returned": {"": "{quantity} {unit} zurückgegeben", "reversed_at": "am {reversed_at}"},
    "written_off": {"": "{quantity} {unit} müssen nicht zurückgegeben werden"},
    "lapse": {"": "die Reservierung von {quantity} {unit} ist abgelaufen"},
    "expiry": {"": "{quantity} {unit} verfallen", "earned_at": "gesammelt am {earned_at}"},
    "activation": {"": "{quantity} {unit} ab jetzt einlösbar", "earned_at": "gesammelt am {earned_at}"},
    "reinstatement": {"": "{quantity} verfallene {unit} sind wieder da", "expires_at": "sie gelten bis {expires_at}"},
    "adjustment": {"": "von Hand berichtigt", "reason": "{reason}"},
    "transfer_in": {"": "{quantity} {unit} erhalten"},
    "transfer_out": {"": "{quantity} {unit} weitergegeben"},
    "merge": {"": "{quantity} {unit} aus der Mitgliedschaft, die in dieser aufging"},
    "closure": {
        "": "{quantity} {unit} am Ende der Mitgliedschaft",
        "paid_out": "{paid_out} ausgezahlt",
        "forfeited": "{forfeited} verfallen",
    },
    "tier_review": {"": "{tier} nach der Prüfung", "tier_before": "davor {tier_before}", "until": "bis {until}"},
    "tier_assignment": {"": "{tier}, von Hand zugewiesen", "until": "bis {until}", "reason": "{reason}"},
    "tier_warning": {"": "{tier} endet am {ends_at}", "drops_to": "danach {drops_to}"},
    "points_paid": {"": "{paid} wurden in Punkten bezahlt und bringen nichts"},
}

_LANGUAGES: Mapping[str, Mapping[str, _Said]] = {"en": _ENGLISH, "de": _GERMAN}

# How an input is written: money of the program, a quantity of the reason's unit, a local day, a tier's name; all others as they are.
MONEY = frozenset(("paid", "paid_out", "refunded", "remaining"))
QUANTITIES = frozenset(
    ("debt", "earned", "forfeited", "from_breakage", "from_lot", "from_other_lots", "from_pending", "kept", "written_off")
)
DAYS = frozenset(("earned_at", "ends_at", "expires_at", "lot_until", "oldest", "reversed_at", "until"))
TIERS = frozenset(("drops_to", "tier", "tier_before"))


def is_event(kind: str) -> bool:
    return kind in _ENGLISH


def event_sentence(kind: str, inputs: Mapping[str, Any], language: str) -> str | None:
    """The pattern of an event's reason: its sentence, and what was recorded besides; None for a kind that is no event's."""
    said = _LANGUAGES.get(language, _ENGLISH).get(kind) or _ENGLISH.get(kind)
    if said is None:
        return None
    more = ", ".join(text for name, text in said.items() if name != _SENTENCE and inputs.get(name) not in (None, "", 0, "0"))
    return f"{said[_SENTENCE]}: {more}" if more else said[_SENTENCE]
