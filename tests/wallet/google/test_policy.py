"""What a program decides of its cards at Google, as Google gets it: bodies, messages and save links whole (G11-G17)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from pydantic import ValidationError

from honeyguide.programs.google_style import GoogleStyle
from honeyguide.testing.google_rules import class_findings, object_findings
from honeyguide.testing.google_schema import findings
from honeyguide.wallet.google.account import ServiceAccount
from honeyguide.wallet.google.client import GoogleWallet
from honeyguide.wallet.google.loyalty import BodyIncomplete, class_body
from honeyguide.wallet.google.messages import message_bodies
from honeyguide.wallet.google.policy import class_policy, object_policy
from honeyguide.wallet.google.rotating import keyed, keyless
from honeyguide.wallet.google.save_link import AT_MOST
from honeyguide.wallet.messages.pass_message import PassMessage

ISSUER = "3388000000000000000"
CARD_ID = "GAYTEMZUGU3DOOBZ"
KEY = bytes(range(20))
PLACE = {"latitude": "52.52", "longitude": "13.405"}


def style(**said: Any) -> GoogleStyle:
    return GoogleStyle.model_validate(said)


def valid(schema: str, body: dict[str, Any]) -> bool:
    rules = class_findings(body, None) if schema == "LoyaltyClass" else object_findings(body)
    return findings(schema, body) == [] and rules == []


def test_the_class_with_all_that_a_program_may_decide(class_at_google: dict[str, Any], golden: Any) -> None:
    """G12, G15, G16, G18."""
    decided = style(holders="multiple_holders", smart_tap=["3388000000000000001"], places=[PLACE])

    body = {**class_at_google, **class_policy(decided, "https://loyalty.example/wallet/google/callback")}

    assert valid("LoyaltyClass", body)
    golden("class-decided", body)


def test_the_object_with_all_that_a_program_may_decide_as_it_is_kept_and_as_it_goes_out(body_of: Any, golden: Any) -> None:
    """G12, G14, G15: no body that is kept has the key."""
    decided = style(barcode="rotating_or_static", smart_tap=["3388000000000000001"], only_own_account="true")

    kept = object_policy(body_of(), decided, CARD_ID, "Ada@Example.test")
    sent = keyed(kept, kept, KEY)

    assert KEY.hex().upper() in json.dumps(sent) and KEY.hex() not in json.dumps(kept).lower()
    assert keyless(sent) == kept
    assert kept["saveRestrictions"]["restrictToEmailSha256"] == hashlib.sha256(b"ada@example.test").hexdigest()
    assert valid("LoyaltyObject", sent)
    golden("object-decided", sent)


@pytest.mark.parametrize(
    ("barcode", "fields"),
    [("rotating", {"rotatingBarcode"}), ("rotating_or_static", {"rotatingBarcode", "barcode"}), ("static", {"barcode"})],
)
def test_g14_a_static_barcode_is_a_downgrade_that_the_program_must_allow(body_of: Any, barcode: str, fields: set[str]) -> None:
    body = object_policy(body_of(), style(barcode=barcode), CARD_ID, None)

    assert {name for name in body if "arcode" in name} == fields
    assert GoogleStyle().barcode == "rotating"


def test_g13_a_closed_card_stays_blank_whatever_the_program_decides(body_of: Any) -> None:
    closed = body_of(card__closed=True)

    assert object_policy(closed, style(smart_tap=["1"], only_own_account="true"), CARD_ID, "a@b.test") == closed
    assert set(closed) == {"id", "classId", "state"}


def test_g14_a_changed_key_goes_out_whole_and_an_unchanged_one_not_at_all(body_of: Any) -> None:
    body = object_policy(body_of(), style(), CARD_ID, None)

    assert (
        keyed({"rotatingBarcode": {"valuePattern": "x"}}, body, KEY)["rotatingBarcode"]["totpDetails"]["parameters"][0]["key"]
        == KEY.hex().upper()
    )
    assert keyed({"loyaltyPoints": {}}, body, KEY) == {"loyaltyPoints": {}}
    assert keyed({"rotatingBarcode": None}, body, KEY) == {"rotatingBarcode": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"places": [PLACE] * 11},
        {"places": [{"latitude": "91", "longitude": "0"}]},
        {"smart_tap": ["no number"]},
        {"barcode": "none"},
        {"holders": "all"},
    ],
)
def test_g12_g16_what_google_would_refuse_a_program_file_cannot_say(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        style(**wrong)


@pytest.mark.parametrize("field", ["linkedOfferIds", "linkedObjectIds", "locations"])
def test_g16_linked_offers_and_objects_and_locations_are_not_for_templates(template: Any, program: Any, field: str) -> None:
    odd = type(template)(
        template.style, template.apple, {"class": {**template.google["class"], field: ["1.2"]}}, template.files, template.strings
    )

    with pytest.raises(BodyIncomplete, match="G16"):
        class_body(odd, program, class_id=f"{ISSUER}.demo", logo_url="https://loyalty.example/logo.png")


def test_g16_more_than_ten_places_are_refused_wherever_they_come_from(template: Any, program: Any) -> None:
    places = [{"latitude": 1.0, "longitude": 2.0}] * 11
    google = {"class": {**template.google["class"], "merchantLocations": places}}

    with pytest.raises(BodyIncomplete, match="G16"):
        class_body(
            type(template)(template.style, template.apple, google, template.files, template.strings),
            program,
            class_id=f"{ISSUER}.demo",
            logo_url="x",
        )


def test_g8_g17_a_message_in_every_language_the_cards_own_first(golden: Any) -> None:
    posted = datetime(2026, 11, 22, 12, tzinfo=UTC)
    texts = {"en": "120 points expire", "de": "120 Punkte verfallen"}
    message = PassMessage(
        UUID(int=7), "points_expire", texts, {"en": "On 31 December.", "de": "Am 31. Dezember."}, posted, posted + timedelta(days=9), True
    )

    (body,) = message_bodies([message], "de")

    assert findings("AddMessageRequest", {"message": body}) == []
    assert body["localizedHeader"]["defaultValue"] == {"language": "de", "value": "120 Punkte verfallen"}
    golden("message", body)


def test_g11_g12_the_claims_of_a_save_link_and_its_length(wallet: GoogleWallet, account: ServiceAccount, golden: Any) -> None:
    link = wallet.save_link(f"{ISSUER}.{UUID(int=1).hex}", f"{ISSUER}.demo-membership")
    claims = jwt.decode(link.rsplit("/", 1)[1], account.key.public_key(), ["RS256"], audience="google")

    assert claims.pop("iat") == int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
    assert len(link) < 900 < AT_MOST
    golden("save-link", claims)
