"""Whether Google takes what we would send: the self-test of the set-up, which makes nothing at Google (G15, G21)."""

from __future__ import annotations

from uuid import UUID

from honeyguide.quantities import UnitKind
from honeyguide.wallet.faces.card import CardProgram, CardUnit
from honeyguide.wallet.faces.template import Template
from honeyguide.wallet.google.client import GoogleWallet
from honeyguide.wallet.google.loyalty import class_body, class_id_of, object_body, object_id_of
from honeyguide.wallet.google.outcomes import SendOutcome

# Google tells nobody by its API whether an issuer may publish: a person has to look.
DEMO_MODE = "until Google granted publishing access in the Google Pay & Wallet console, cards say [TEST ONLY] and only its test accounts can save them"
_UNITS = {
    "points": CardUnit("points", UnitKind.POINTS, 0, {"en": {"other": "points"}}),
    "cashback": CardUnit("cashback", UnitKind.MONEY, 2, {"en": {"other": "cashback"}}, "EUR"),
}


async def self_test(google: GoogleWallet, template: Template, logo_url: str) -> SendOutcome:
    """`jwt.validate` with a class and a card of this template, signed as save links are: account, rights, key and bodies at once."""
    class_id = class_id_of(google.issuer_id, "self-test", template.style)
    program = CardProgram("self-test", {"en": "Self-test"}, tuple(template.languages) or ("en",), _UNITS, {}, {}, {})
    face: dict[str, str | int | bool] = {
        "language": program.languages[0],
        "program.name": "Self-test",
        "program.code": "self-test",
        "member.number": "0000000000000",
        "barcode": "00000000000000000000",
        "balance.1.name": "Points",
        "balance.1.count": 1,
        "tier.name": "Self-test",
    }
    card = object_body(template, face, object_id=object_id_of(google.issuer_id, UUID(int=0)), class_id=class_id)
    return await google.validate([class_body(template, program, class_id=class_id, logo_url=logo_url)], [card])
