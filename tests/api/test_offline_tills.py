"""Tills without network: a signed tier that they can check, one receipt a code afterwards, and no redemption on the strength of either (G14)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from builders.phone import Phone
from builders.platform import Platform, key
from honeyguide.identity.keys import issuer_of

DOCS = Path(__file__).parents[2] / "docs/offline-tills.md"


def example() -> Any:
    """The check as the page for tills has it."""
    names: dict[str, Any] = {}
    exec(re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)[1], names)  # type: ignore[index]
    return names["tier_of"]


async def claimed(platform: Platform) -> tuple[Phone, str, dict[str, Any]]:
    """Anna, what her second QR code says, and the published keys."""
    member = await platform.enrol()
    phone = Phone(platform, member)
    card = (await phone.ask("OfflineCard"))["card"]
    assert card["offlineClaimValidUntil"] == "2026-11-22T12:05:00Z"
    return phone, card["offlineClaim"], (await platform.http.get("/.well-known/jwks.json")).json()


async def test_a_till_without_network_reads_the_tier_and_nothing_of_the_person_and_refuses_every_forgery(platform: Platform) -> None:
    phone, claim, keys = await claimed(platform)
    program, now = platform.services.programs.current(platform.program_id).program.code, platform.clock()
    tier_of, asked = example(), {"issuer": issuer_of(platform.settings), "program": program}
    number = (await platform.as_member(phone.member_id, "{ me { memberNumber tier { tier { code } } } }"))["me"]
    head, body, signature = claim.split(".")
    said = jwt.decode(claim, options={"verify_signature": False})
    stranger = jwt.encode(said, Ed25519PrivateKey.generate(), "EdDSA", {"kid": keys["keys"][0]["kid"], "typ": "hg-card+jwt"})
    none = urlsafe_b64encode(b'{"alg":"none","typ":"hg-card+jwt"}').decode().rstrip("=")

    assert tier_of(claim, keys, now=now, **asked) == number["tier"]["tier"]["code"] == "fledgling"
    assert set(said) <= {"iss", "aud", "prg", "sub", "iat", "exp", "tier"}
    assert number["memberNumber"] not in body and len(claim) < 600
    for forged in (stranger, f"{none}.{body}.", f"{head}.{body[:-4]}AAAA.{signature}", "", "HG1-AAAAAAAAAAAAAAAA-12345678", claim[:-3]):
        with pytest.raises(jwt.InvalidTokenError):
            tier_of(forged, keys, now=now, **asked)
    with pytest.raises(jwt.InvalidTokenError):
        tier_of(claim, keys, now=now + timedelta(minutes=7), **asked)
    with pytest.raises(jwt.InvalidTokenError):
        tier_of(claim, keys, now=now, issuer=asked["issuer"], program="another")
    answer = await platform.http.post("/member/graphql", json={"query": "{ me { version } }"}, headers={"Authorization": f"Bearer {claim}"})
    assert answer.status_code == 401


async def test_identify_takes_the_claim_for_the_code_within_it_once_for_both(platform: Platform) -> None:
    phone, claim, _ = await claimed(platform)
    code = await phone.code()

    async def scan(text: str, partner: str = "grocer", **more: Any) -> Any:
        return await platform.till("Identify", partner, input={"by": {"barcode": text}, **more})

    first = await scan(claim)
    again, elsewhere = await scan(code), await scan(code, "fuel")
    platform.clock.move(minutes=10)
    late = await scan(claim, "fuel", scannedAt="2026-11-22T12:00:10Z")

    assert (first["__typename"], first["proof"]) == ("MemberIdentified", "PRESENT")
    assert again["handle"] == first["handle"]
    assert {one["__typename"] for one in (elsewhere, late)} == {"CodeRejected"}


async def test_an_offline_scan_is_accepted_later_as_of_its_time_for_one_receipt_and_redeems_nothing(platform: Platform) -> None:
    phone, claim, _ = await claimed(platform)
    code, bought_at = await phone.code(), platform.clock()
    await platform.post("50.00", partner="fuel")
    platform.clock.move(hours=6)
    offline = {"member": {"barcode": claim}, "occurredAt": bought_at.isoformat(), "recordedOffline": True, "location": "7"}

    posted = await platform.post("40.00", **offline, reference="r-1", idempotencyKey="offline-receipt-1")
    answers = [
        await platform.post("40.00", **offline, reference="r-1", idempotencyKey="offline-receipt-1"),
        await platform.post("40.00", **offline, reference="r-2"),  # another receipt
        await platform.post("40.00", **{**offline, "member": {"barcode": code}}, reference="r-3"),  # the same code without the claim
        await platform.post("40.00", **{**offline, "location": None}, reference="r-1"),
        await platform.post("40.00", partner="fuel", **offline, reference="r-1"),
        await platform.post("40.00", **{**offline, "recordedOffline": False}, reference="r-4"),
    ]
    asked = {"unit": "points", "quantity": "1"}
    burned = [
        await platform.till(what, input={"idempotencyKey": key(), "reference": key(), "member": {"barcode": text}, **asked})
        for what, text in (("Redeem", claim), ("Redeem", code), ("Authorize", claim))
    ]

    assert posted["__typename"] == "TransactionPosted"
    assert (answers[0]["__typename"], answers[0]["replayed"]) == ("TransactionPosted", True)
    assert {one["__typename"] for one in answers[1:]} == {"MemberNotFound"}
    assert {one["__typename"] for one in burned} == {"MemberNotFound"}
