"""pass.json against golden files, and against whatever people call themselves."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeyguide.testing.pass_json_check import check_pass_json
from honeyguide.testing.pkpass_check import read_json
from honeyguide.wallet.apple.pass_json import PassIdentity, authentication_token, pass_json
from honeyguide.wallet.apple.validator import PassInvalid, broken_rules
from honeyguide.wallet.faces.card import Card, CardBalance, CardStatus
from honeyguide.wallet.faces.template import Template

MakeCard = Callable[..., Card]
GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_membership_pass_looks_as_recorded(language: str, make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    content = pass_json(make_card(locale=language), template, identity)

    shown = json.dumps(json.loads(content), indent=2, ensure_ascii=False) + "\n"
    path = GOLDEN / f"membership.{language}.json"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(shown)
    assert shown == path.read_text()


def test_the_same_card_gives_the_same_bytes(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    assert pass_json(make_card(), template, identity) == pass_json(make_card(), template, identity)


def test_money_is_an_exact_number(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    for minor in (0, 10, 1229, 123456789012345):
        content = pass_json(make_card(balances=(CardBalance("points", 1), CardBalance("cashback", minor))), template, identity)

        assert f'"key":"second","label":"Cashback","value":{minor // 100}.{minor % 100:02}'.encode() in content


def test_nothing_of_the_model_classes_defaults_is_left(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    content = pass_json(make_card(), template, identity)

    assert b'""' not in content
    assert b"null" not in content
    assert b"PKTextAlignmentLeft" not in content


def test_only_points_cashback_and_tier_ring(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    card = json.loads(pass_json(make_card(), template, identity))["storeCard"]

    ringing = {field["key"] for section in card.values() for field in section if "changeMessage" in field}
    assert ringing == {"points", "second", "tier"}


def test_a_closed_membership_is_voided(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    closed = json.loads(pass_json(make_card(status=CardStatus.CLOSED), template, identity))

    assert closed["voided"] is True
    assert "voided" not in json.loads(pass_json(make_card(), template, identity))


def test_an_end_date_is_written_with_its_zone(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    content = pass_json(make_card(expires_at=datetime(2027, 1, 1, tzinfo=UTC)), template, identity)

    assert json.loads(content)["expirationDate"] == "2027-01-01T00:00:00+00:00"


def test_a_new_generation_has_a_new_token_and_the_same_serial(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    first, second = (json.loads(pass_json(make_card(generation=generation), template, identity)) for generation in (1, 2))

    assert first["serialNumber"] == second["serialNumber"]
    assert first["authenticationToken"] != second["authenticationToken"]
    assert first["authenticationToken"] == authentication_token(identity.token_key, "hg-0001", 1)
    assert len(first["authenticationToken"]) == 43


def test_a_template_cannot_set_what_only_the_server_knows(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    sly = Template(
        "sly", {**template.apple, "authenticationToken": "x" * 20, "webServiceURL": "https://elsewhere.test"}, {}, template.files
    )

    body = json.loads(pass_json(make_card(), sly, identity))

    assert body["webServiceURL"] == identity.web_service_url
    assert body["authenticationToken"] != "x" * 20


def test_a_broken_template_is_named_by_rule(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    broken = Template("broken", {**template.apple, "labelColor": "amber"}, {}, template.files)

    with pytest.raises(PassInvalid, match="A16: labelColor"):
        pass_json(make_card(), broken, identity)


def test_nfc_needs_a_certificate_for_it(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    """A21: a pass goes without it rather than not at all; one that has it nevertheless is named."""
    contactless = Template("nfc", {**template.apple, "nfc": {"message": "x", "encryptionPublicKey": "x"}}, {}, template.files)

    body = json.loads(pass_json(make_card(), contactless, identity))

    assert "nfc" not in body
    found = broken_rules({**body, "nfc": {"message": "x"}}, loopback_allowed=True, with_nfc=False)
    assert [str(one) for one in found][-1].startswith("A21: nfc: the signing certificate")


def test_a_locked_pass_is_never_shared(make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    """A21: a phone that does not know the lock would share it without."""
    key = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY="
    open_to_all = {name: value for name, value in template.apple.items() if name != "sharingProhibited"}

    def shared(**lock: bool) -> object:
        locked = Template("nfc", {**open_to_all, "nfc": {"message": "x", "encryptionPublicKey": key, **lock}}, {}, template.files)
        return json.loads(pass_json(make_card(), locked, replace(identity, with_nfc=True))).get("sharingProhibited")

    assert (shared(requiresAuthentication=True), shared(requiresAuthentication=False), shared()) == (True, None, None)


def test_the_key_of_pass_tokens_is_never_printed(identity: PassIdentity) -> None:
    assert "kkkk" not in repr(identity)


@settings(max_examples=150, deadline=None)
@given(name=st.text(), words=st.text(), number=st.text(st.characters(codec="latin-1"), min_size=1))
def test_no_text_from_outside_breaks_a_pass_or_becomes_markup(
    name: str, words: str, number: str, make_card: MakeCard, template: Template, identity: PassIdentity
) -> None:
    card = make_card(member_name=name, member_number="1" + number, tier=None)

    content = pass_json(card, template, identity)

    body = read_json("pass.json", content)
    check_pass_json(body, loopback=True)
    fields = {field["key"]: field for section in body["storeCard"].values() for field in section}
    assert all(field["dataDetectorTypes"] == [] for field in body["storeCard"]["backFields"] if field["key"] != "support")
    assert "attributedValue" not in content.decode()
    assert {"webServiceURL": body["webServiceURL"], "serialNumber": body["serialNumber"]} == {
        "webServiceURL": identity.web_service_url,
        "serialNumber": "hg-0001",
    }
    shown = fields.get("member", {"value": ""})["value"]
    assert "%@" not in shown
    assert not set("\u202e\u2066\n\r\x00\x1b") & set(shown)


@pytest.mark.parametrize(
    "name", ['"}],"voided":true,"x":[{"', "{balance.points}", "%@ %@", "\u202eevil", "a\r\nb", "Points", "<a href='x'>", "\\u0000"]
)
def test_a_sly_name_is_only_a_name(name: str, make_card: MakeCard, template: Template, identity: PassIdentity) -> None:
    plain = json.loads(pass_json(make_card(), template, identity))

    sly = json.loads(pass_json(make_card(member_name=name), template, identity))

    plain["storeCard"].pop("auxiliaryFields")
    sly["storeCard"].pop("auxiliaryFields")
    assert sly == plain
