"""Every rule that Wallet enforces in silence is named, by the server before signing and by the phone on its own."""

import copy
import json
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from honeyguide.testing.pass_json_check import check_pass_json
from honeyguide.testing.refusal import PassRefused
from honeyguide.wallet.apple.pass_json import PassIdentity, pass_json
from honeyguide.wallet.apple.validator import broken_rules, truncations
from honeyguide.wallet.faces.card import Card
from honeyguide.wallet.faces.template import Template

Body = dict[str, Any]
QR = {"format": "PKBarcodeFormatQR", "message": "x", "messageEncoding": "iso-8859-1"}
_POINT = ec.derive_private_key(7, ec.SECP256R1()).public_key()
_SPKI = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
WHOLE_POINT = b64encode(_POINT.public_bytes(*_SPKI)).decode()
P384 = b64encode(ec.derive_private_key(7, ec.SECP384R1()).public_key().public_bytes(*_SPKI)).decode()
P256 = b64encode(
    bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + _POINT.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
).decode()


def _with_field(section: str, **field: Any) -> Callable[[Body], None]:
    return lambda body: body["storeCard"].setdefault(section, []).append({"key": "new", "value": "x", **field})


def _set(**keys: Any) -> Callable[[Body], None]:
    return lambda body: body.update(keys)


def _fields(section: str, count: int) -> Callable[[Body], None]:
    return lambda body: body["storeCard"].update({section: [{"key": f"f{n}", "value": n} for n in range(count)]})


BROKEN: list[tuple[str, Callable[[Body], Any]]] = [
    ("A10", _set(formatVersion="1")),
    ("A10", lambda body: body.pop("description")),
    ("A10", lambda body: body.pop("passTypeIdentifier")),
    ("A10", lambda body: body.pop("storeCard")),
    ("A10", _set(coupon={})),
    ("A11", _set(logoText=None)),
    ("A11", _set(logoText="")),
    ("A11", _with_field("backFields", key="points")),
    ("A11", _with_field("backFields", value=True)),
    ("A11", _with_field("backFields", value=[])),
    ("A11", _with_field("backFields", dataDetectorTypes="PKDataDetectorTypeLink")),
    ("A11", _with_field("backFields", dataDetectorTypes=["link"])),
    ("A12", _fields("headerFields", 4)),
    ("A12", _fields("primaryFields", 2)),
    ("A12", _fields("secondaryFields", 5)),
    ("A13", _with_field("backFields", textAlignment="PKTextAlignmentRight")),
    ("A13", _with_field("headerFields", value=1, currencyCode="EUR", numberStyle="PKNumberStyleDecimal")),
    ("A13", _with_field("headerFields", value="1.50", currencyCode="EUR")),
    ("A13", _with_field("headerFields", value="2027-01-01T00:00", dateStyle="PKDateStyleShort")),
    ("A14", _with_field("headerFields", changeMessage="Something changed")),
    ("A15", _set(barcodes=[{**QR, "format": "PKBarcodeFormatTelepathy"}])),
    ("A15", _set(barcodes=[{**QR, "message": "王"}])),
    ("A15", _set(barcodes=[{**QR, "format": "PKBarcodeFormatEAN13"}])),
    ("A15", _set(barcodes=[QR, {**QR, "format": "PKBarcodeFormatEAN13"}])),
    ("A15", _set(barcode={**QR, "format": "PKBarcodeFormatAztec"})),
    ("A16", _set(backgroundColor="#ffffff")),
    ("A16", _set(labelColor="rgb(0, 0, 256)")),
    ("A17", _set(expirationDate="2027-01-01")),
    ("A17", _set(voided="true")),
    ("A18", _set(locations=[{"latitude": 1, "longitude": 2}] * 11)),
    ("A18", _set(maxDistance="100")),
    ("A18", _set(relevantDates=[{"date": "2027-01-01T00:00:00Z"}])),
    ("A19", _set(associatedStoreIdentifiers=["1"])),
    ("A19", _set(appLaunchURL="app://x")),
    ("A19", _set(groupingIdentifier="g")),
    ("A19", _set(sharingProhibited=1)),
    ("A20", _set(semantics={"seats": []})),
    ("A20", _with_field("headerFields", semantics={"seats": []})),
    ("A21", _set(nfc={"message": "x" * 65, "encryptionPublicKey": P256})),
    ("A21", _set(nfc={"message": "x", "encryptionPublicKey": "AAAA"})),
    ("A22", _set(featuredActions=[{"identifier": "a", "type": "t", "url": "https://x.test"}] * 3)),
    ("A25", _set(webServiceURL="http://passes.test/apple")),
    ("A25", _set(webServiceURL="https://passes.test/apple/v1")),
    ("A25", _set(authenticationToken="short")),
]
# What the server sees beyond what a phone stumbles over: kinds, places and texts that only a reader of the rules would miss.
BROKEN_HERE: list[tuple[str, Callable[[Body], Any]]] = [
    ("A10", lambda body: body["storeCard"].update(headerFields="points")),
    ("A10", _set(storeCard=[])),
    ("A12", lambda body: body.update(coupon={"headerFields": [{"key": f"f{n}", "value": n} for n in range(4)]}) or body.pop("storeCard")),
    (
        "A12",
        lambda body: body.update(generic={"auxiliaryFields": [{"key": f"f{n}", "value": n} for n in range(5)]}) or body.pop("storeCard"),
    ),
    ("A13", _set(maxDistance=Decimal("12.299999999999999822"))),
    ("A15", _set(barcodes={"format": "PKBarcodeFormatQR"})),
    ("A15", _set(barcode={**QR, "messageEncoding": "no-such"})),
    ("A18", _set(locations=[{"latitude": 1, "longitude": 2, "relevantText": 7}])),
    ("A18", _set(beacons=[{"major": 1}])),
    ("A18", _set(relevantDates=[{"startDate": "2027-01-01T00:00:00Z"}])),
    ("A18", _set(relevantDates=["2027-01-01T00:00:00Z"])),
    ("A19", _set(associatedStoreIdentifiers=7)),
    ("A20", _set(semantics={"balance": {"amount": "a lot", "currencyCode": "EUR"}})),
    ("A20", _with_field("headerFields", semantics=[])),
    ("A21", _set(nfc={"message": "x", "encryptionPublicKey": P384})),
    ("A21", _set(nfc={"message": "x", "encryptionPublicKey": P256[:-8]})),
    ("A21", _set(nfc={"message": "x", "encryptionPublicKey": WHOLE_POINT})),
    ("A21", _set(nfc={"message": "x", "encryptionPublicKey": P256, "requiresAuthentication": "yes"})),
    ("A22", _set(featuredActions="call")),
    ("A22", _set(featuredActions=[{"identifier": 1, "type": "t", "url": "https://x.test"}])),
    ("A25", _set(webServiceURL="https://[passes")),
]
ALLOWED: list[Callable[[Body], Any]] = [
    _set(posterGeneric={}, generic={}),
    _set(barcodes=[{**QR, "format": "PKBarcodeFormatEAN13"}, QR], barcode=QR),
    _set(barcodes=[{**QR, "message": "王", "messageEncoding": "utf-8"}]),
    _set(locations=[{"latitude": Decimal("52.5"), "longitude": Decimal("13.4"), "relevantText": "x"}] * 10, maxDistance=100),
    _set(relevantDates=[{"date": "2027-01-01T00:00:00Z", "relevantDate": "2027-01-01T00:00:00Z"}]),
    _set(associatedStoreIdentifiers=[1], appLaunchURL="app://x"),
    _set(nfc={"message": "x" * 64, "encryptionPublicKey": P256, "requiresAuthentication": True}),
    _set(semantics={"balance": {"amount": "1.50", "currencyCode": "EUR"}}),
    _set(expirationDate="2027-01-01T00:00:00+01:00", voided=True),
    _set(webServiceURL="https://passes.test/apple"),
    _with_field("headerFields", value="2027-01-01T00:00:00Z", dateStyle="PKDateStyleShort"),
]


@pytest.fixture
def body(make_card: Callable[..., Card], template: Template, identity: PassIdentity) -> Body:
    return copy.deepcopy(json.loads(pass_json(make_card(), template, identity), parse_float=Decimal))


def test_the_membership_pass_breaks_nothing(body: Body) -> None:
    assert broken_rules(body, loopback_allowed=True) == ()
    assert truncations(body) == ()


@pytest.mark.parametrize(("rule", "change"), BROKEN + BROKEN_HERE)
def test_each_broken_rule_is_named_before_signing(rule: str, change: Callable[[Body], Any], body: Body) -> None:
    """A10-A22, A25."""
    change(body)

    assert rule in {broken.rule for broken in broken_rules(body, loopback_allowed=True)}


@pytest.mark.parametrize(("rule", "change"), BROKEN + BROKEN_HERE)
def test_the_phone_refuses_it_too(rule: str, change: Callable[[Body], Any], body: Body) -> None:
    change(body)

    with pytest.raises(PassRefused) as refused:
        check_pass_json(body, loopback=True)
    assert refused.value.rule == rule


@pytest.mark.parametrize("change", ALLOWED)
def test_what_wallet_allows_is_allowed(change: Callable[[Body], Any], body: Body) -> None:
    if "posterGeneric" in (trial := dict(body)) or change is ALLOWED[0]:
        trial.pop("storeCard")
    change(trial)

    assert broken_rules(trial, loopback_allowed=True) == ()
    check_pass_json(trial, loopback=True)


def test_a_float_is_refused_where_decimals_are_exact(body: Body) -> None:
    """A13."""
    body["maxDistance"] = 0.1 + 0.2

    assert ("A13", "maxDistance") in {(broken.rule, broken.place) for broken in broken_rules(body, loopback_allowed=True)}


def test_plain_http_is_for_loopback_in_development_only(body: Body) -> None:
    """A25."""
    assert [broken.rule for broken in broken_rules(body)] == ["A25"]


def test_a_value_too_long_for_the_front_is_a_warning(body: Body) -> None:
    """A12."""
    body["storeCard"]["headerFields"][0]["value"] = "one million points"

    assert [str(broken) for broken in truncations(body)] == [
        "A12: storeCard.headerFields.points: longer than 12 characters is likely cut off"
    ]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(["storeCard", "barcodes", "barcode", "nfc", "locations", "beacons", "relevantDates", "semantics", "featuredActions"]),
)
def test_whatever_a_file_says_is_judged_and_never_a_crash(node: Any, key: str) -> None:
    assert isinstance(broken_rules({key: node}), tuple)
