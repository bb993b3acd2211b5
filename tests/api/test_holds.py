"""A till redeems in two steps: it reserves, then captures or voids; what it does not own it cannot name."""

from typing import Any
from uuid import uuid4

from builders.platform import Platform, key
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.caller import Audience

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
EMAIL = "anna@example.test"
ABOVE = "Mehr als reserviert wurde; höchstens so viel lässt sich abbuchen, der Rest ist eine eigene Einlösung. Höchstens: 80 Punkte."


def authorization(quantity: str = "80", **more: Any) -> dict[str, Any]:
    given = {"idempotencyKey": key(), "member": {"email": EMAIL}, "reference": key(), "unit": "points", "quantity": quantity}
    return {**given, **more}


async def a_hold(platform: Platform, **more: Any) -> dict[str, Any]:
    """Anna has 100 points, 80 of them reserved by the grocer."""
    await platform.enrol()
    await platform.post("100.00", partner="fuel")
    authorized = await platform.till("Authorize", input=authorization(**more))
    assert authorized["__typename"] == "RedemptionAuthorized", authorized
    hold: dict[str, Any] = authorized["hold"]
    return hold


async def written(platform: Platform) -> int:
    count: int = await platform.services.database.pool.fetchval("SELECT count(*) FROM transaction")
    return count


async def test_a_till_reserves_captures_a_part_and_the_rest_is_the_members_again(platform: Platform) -> None:
    hold = await a_hold(platform, reference="receipt-1")
    before = await platform.till("Identify", input={"by": {"email": EMAIL}})
    uncaptured = await platform.as_partner("grocer", '{ transaction(reference: "receipt-1", kind: REDEMPTION) { id } }')

    given = {"idempotencyKey": key(), "holdId": hold["id"], "quantity": "50"}
    captured = await platform.till("Capture", input=given)
    again = await platform.till("Capture", input=given)
    after = await platform.till("Identify", input={"by": {"email": EMAIL}})
    found = await platform.as_partner("grocer", '{ transaction(reference: "receipt-1", kind: REDEMPTION) { id kind state } }')

    assert (hold["state"], hold["quantity"], hold["captured"], hold["expiresAt"]) == ("OPEN", "80", "0", "2026-11-22T12:15:00Z")
    assert (captured["hold"]["state"], captured["hold"]["captured"]) == ("CAPTURED", "50")
    assert again == {**captured, "replayed": True}
    available = [answer["member"]["accounts"][0]["available"] for answer in (before, after)]
    assert available == ["20", "50"]
    assert uncaptured["transaction"] is None
    assert found["transaction"] == {"id": captured["transaction"]["id"], "kind": "REDEMPTION", "state": "POSTED"}
    assert await platform.till("Reservation", id=hold["id"]) == captured["hold"]


async def test_a_void_gives_all_of_it_back_once(platform: Platform) -> None:
    hold = await a_hold(platform)
    given = {"idempotencyKey": key(), "holdId": hold["id"]}

    voided = await platform.till("Void", input=given)
    again = await platform.till("Void", input=given)
    twice = await platform.till("Void", input={**given, "idempotencyKey": key()})
    captured = await platform.till("Capture", input={**given, "idempotencyKey": key()})

    assert (voided["hold"]["state"], voided["hold"]["captured"], voided["replayed"]) == ("VOIDED", "0", False)
    assert again == {**voided, "replayed": True}
    assert [(one["__typename"], one["code"], one["path"]) for one in (twice, captured)] == [
        ("TransactionRejected", "HOLD_NOT_OPEN", ["holdId"])
    ] * 2


async def test_a_hold_whose_time_is_over_reads_as_lapsed_before_any_sweep(platform: Platform) -> None:
    hold = await a_hold(platform, ttlSeconds=60)
    await platform.post("900.00", partner="fuel")
    before = await written(platform)

    async def redeemable() -> str:
        found = await platform.till("Identify", input={"by": {"email": EMAIL}})
        return str(found["member"]["accounts"][0]["redeemable"])

    held = await redeemable()
    platform.clock.move(seconds=60)

    assert (held, await redeemable()) == ("420", "500")  # by number, 500 a day
    assert (await platform.till("Reservation", id=hold["id"]))["state"] == "LAPSED"
    assert await written(platform) == before


async def test_a_key_used_for_a_redemption_conflicts_with_an_authorisation(platform: Platform) -> None:
    await a_hold(platform)
    given = authorization("5")
    await platform.till("Redeem", input=given)

    assert (await platform.till("Authorize", input=given))["__typename"] == "IdempotencyConflict"


async def test_a_reference_serves_one_of_the_two_and_the_refusal_carries_the_authorisation(platform: Platform) -> None:
    await a_hold(platform, reference="receipt-1")

    refused = await platform.till("Redeem", input=authorization("5", reference="receipt-1"))

    assert (refused["__typename"], refused["transaction"]["kind"]) == ("DuplicateReference", "AUTHORIZATION")


async def test_refusals_of_a_hold_name_their_field_in_the_callers_language(platform: Platform) -> None:
    hold = await a_hold(platform)
    before = await written(platform)

    async def ask(document: str, **given: Any) -> Any:
        body = {"idempotencyKey": key(), **given}
        return await platform.as_partner("grocer", document, {"input": body}, Accept_Language="de")

    capture = (
        "mutation ($input: CaptureRedemptionInput!) { it: captureRedemption(input: $input) { ... on UserError { code message path }"
        " ... on TransactionRejected { atMost } } }"
    )
    above = await ask(capture, holdId=hold["id"], quantity="81")
    zero = await ask(capture, holdId=hold["id"], quantity="0")
    fine = await ask(capture, holdId=hold["id"], quantity="0.5")
    endless = await platform.till("Authorize", input=authorization("1", ttlSeconds=86_401))

    assert above["it"] == {"code": "ABOVE_HOLD", "message": ABOVE, "path": ["quantity"], "atMost": "80"}
    assert [one["it"]["code"] for one in (zero, fine)] == ["ZERO_QUANTITY", "TOO_MANY_DECIMALS"]
    assert (endless["code"], endless["path"], endless["message"]) == (
        "INVALID_VALUE",
        ["ttlSeconds"],
        "A reservation lasts from one second to 86400.",
    )
    assert await written(platform) == before


async def test_nobody_elses_hold_can_be_named_and_made_up_ones_are_refused_alike(platform: Platform) -> None:
    hold = await a_hold(platform)
    mine = NodeId.read(hold["id"])
    assert mine is not None and mine.member_id is not None
    bought = await platform.post("10.00")
    foreign = [
        str(NodeId(NodeKind.HOLD, uuid4(), mine.member_id)),  # no hold of hers
        str(NodeId(NodeKind.HOLD, mine.key, uuid4())),  # another member's lane
        str(NodeId(NodeKind.TRANSACTION, mine.key, mine.member_id)),  # the authorisation, of another kind
        bought["transaction"]["id"],
        "no id at all",
    ]

    answers = [
        await platform.till(operation, partner, input={"idempotencyKey": key(), "holdId": hold_id})
        for operation in ("Capture", "Void")
        for partner, hold_id in [("fuel", hold["id"]), *(("grocer", one) for one in foreign)]
    ]

    assert {(one["__typename"], one["code"], tuple(one["path"]), one["message"]) for one in answers} == {
        ("TransactionRejected", "NOT_FOUND", ("holdId",), "There is no such reservation.")
    }
    assert await platform.till("Reservation", "fuel", id=hold["id"]) is None
    assert (await platform.till("Reservation", id=hold["id"]))["state"] == "OPEN"
    for audience, token in (
        (Audience.MEMBER, platform.token(Audience.MEMBER, str(mine.member_id))),
        (Audience.OPERATOR, platform.token(Audience.OPERATOR, "olivia")),
    ):
        assert (await platform.ask(audience, token, NODE, {"id": hold["id"]}))["node"] is None


async def test_without_the_scope_burn_nothing_is_reserved(platform: Platform) -> None:
    await a_hold(platform)
    grocer = str(platform.partners["grocer"]["partner_id"])
    token = platform.token(Audience.PARTNER, grocer, frozenset({"earn", "read", "enrol"}))
    document = "mutation ($input: AuthorizeRedemptionInput!) { authorizeRedemption(input: $input) { __typename } }"

    response = await platform.send(Audience.PARTNER, token, {"query": document, "variables": {"input": authorization("1")}})

    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
