"""Why a post was parked, in words."""

from __future__ import annotations

from honeyguide.programs.localised import in_language

_ENGLISH = {
    "OLDER_THAN_WINDOW": "It is older than the partner may post.",
    "UNMATCHED_RETURN": "More came back without a recorded purchase than a member or a cashier may bring a day.",
    "POST_LIMIT": "The amount is above what one purchase may be.",
    "POINTS_LIMIT": "It would earn more than one purchase may.",
    "MEMBER_DAY_LIMIT": "The member has reached what may be posted for one member a day.",
    "MEMBER_POINTS_LIMIT": "The member would earn more than one member may a day.",
    "CASHIER_DAY_LIMIT": "The cashier has reached what one cashier may post a day.",
    "LOCATION_DAY_LIMIT": "The shop has reached what one shop may post a day.",
    "PARTNER_DAY_LIMIT": "The partner has reached what one partner may post a day.",
    "CREDENTIAL_DAY_LIMIT": "The credential has reached what may be posted with one a day.",
    "MEMBER_VELOCITY": "For this member posts come too fast.",
    "CASHIER_VELOCITY": "From this cashier posts come too fast.",
    "MEMBER_AT_CASHIER_VELOCITY": "For this member posts come too fast from one cashier.",
    "LOCATION_VELOCITY": "From this shop posts come too fast.",
    "CREDENTIAL_VELOCITY": "With this credential posts come too fast.",
    "PARTNER_FROZEN": "The partner is frozen.",
    "LOCATION_FROZEN": "The shop is frozen, or a shop of the partner is and the post names none.",
    "CASHIER_FROZEN": "The cashier is frozen.",
    "CREDENTIAL_FROZEN": "The credential is frozen.",
    "PARTNER_UNDER_REVIEW": "The partner is new and under review.",
    "STAFF": "The member works at this partner.",
    "STAFF_OWN_TILL": "The member is the cashier.",
}
_GERMAN = {
    "OLDER_THAN_WINDOW": "Er ist älter, als der Partner buchen darf.",
    "UNMATCHED_RETURN": "Ohne verzeichneten Einkauf kam mehr zurück, als ein Mitglied oder eine Kasse am Tag bringen darf.",
    "POST_LIMIT": "Der Betrag liegt über dem, was ein Einkauf betragen darf.",
    "POINTS_LIMIT": "Er brächte mehr, als ein Einkauf bringen darf.",
    "MEMBER_DAY_LIMIT": "Für dieses Mitglied ist die Grenze des Tages erreicht.",
    "MEMBER_POINTS_LIMIT": "Das Mitglied bekäme mehr, als eines am Tag bekommen darf.",
    "CASHIER_DAY_LIMIT": "An dieser Kasse ist die Grenze des Tages erreicht.",
    "LOCATION_DAY_LIMIT": "In dieser Filiale ist die Grenze des Tages erreicht.",
    "PARTNER_DAY_LIMIT": "Bei diesem Partner ist die Grenze des Tages erreicht.",
    "CREDENTIAL_DAY_LIMIT": "Mit diesen Zugangsdaten ist die Grenze des Tages erreicht.",
    "MEMBER_VELOCITY": "Für dieses Mitglied wird zu schnell gebucht.",
    "CASHIER_VELOCITY": "An dieser Kasse wird zu schnell gebucht.",
    "MEMBER_AT_CASHIER_VELOCITY": "Für dieses Mitglied wird an einer Kasse zu schnell gebucht.",
    "LOCATION_VELOCITY": "In dieser Filiale wird zu schnell gebucht.",
    "CREDENTIAL_VELOCITY": "Mit diesen Zugangsdaten wird zu schnell gebucht.",
    "PARTNER_FROZEN": "Der Partner ist gesperrt.",
    "LOCATION_FROZEN": "Die Filiale ist gesperrt, oder eine Filiale des Partners ist es und die Buchung nennt keine.",
    "CASHIER_FROZEN": "Die Kasse ist gesperrt.",
    "CREDENTIAL_FROZEN": "Die Zugangsdaten sind gesperrt.",
    "PARTNER_UNDER_REVIEW": "Der Partner ist neu und wird geprüft.",
    "STAFF": "Das Mitglied arbeitet bei diesem Partner.",
    "STAFF_OWN_TILL": "Das Mitglied sitzt selbst an der Kasse.",
}
_BY_LANGUAGE = {"en": _ENGLISH, "de": _GERMAN}


def reason_words(reason: str, language: str) -> str:
    """Languages without sentences of their own read English; a reason without words is its own name."""
    return in_language(_BY_LANGUAGE, language, "en").get(reason, reason)
