"""A till takes back: purchases and redemptions, in parts and in any order; each answer tells how the original stands."""

from typing import Any
from uuid import uuid4

from builders.platform import Platform, key
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.caller import Audience

EMAIL = "anna@example.test"
LINES = [
    {"lineId": "1", "sku": "apples", "category": "GROCERY", "quantity": "2", "amount": "40.00"},
    {"lineId": "2", "sku": "bread", "category": "GROCERY", "quantity": "1", "amount": "20.00"},
]


def taking_back(transaction_id: str, what: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "idempotencyKey": key(),
        "transaction": {"id": transaction_id},
        "reference": key(),
        "occurredAt": "2026-11-22T12:00:00Z",
        "what": what or {"whole": True},
        **more,
    }


async def bought(platform: Platform, amount: str = "60.00", **more: Any) -> dict[str, Any]:
    await platform.enrol()
    posted = await platform.post(amount, **more)
    assert posted["__typename"] == "TransactionPosted", posted
    transaction: dict[str, Any] = posted["transaction"]
    return transaction


async def test_a_purchase_taken_back_in_two_parts_tells_each_time_how_it_stands(platform: Platform) -> None:
    purchase = await bought(platform, lines=LINES)
    by_line = taking_back(purchase["id"], {"lines": [{"lineId": "1", "quantity": "1", "amount": "20.00"}]})

    first = await platform.till("TakeBack", input=by_line)
    second = await platform.till("TakeBack", input=taking_back(purchase["id"]))
    again = await platform.till("TakeBack", input=by_line)

    assert (first["transaction"]["state"], first["reversal"]["kind"]) == ("PARTLY_REVERSED", "REVERSAL")
    assert {one["state"] for one in first["transaction"]["accruals"]} == {"AVAILABLE"}
    assert second["transaction"]["state"] == "REVERSED"
    assert {one["state"] for one in second["transaction"]["accruals"]} == {"REVERSED"}
    assert [one["id"] for one in second["transaction"]["reversals"]] == [first["reversal"]["id"], second["reversal"]["id"]]
    assert again == {**first, "replayed": True}
    found = await platform.till("Identify", input={"by": {"email": EMAIL}})
    assert found["member"]["accounts"][0]["available"] == "0"


async def test_a_partner_lists_its_posts_by_how_they_stand(platform: Platform) -> None:
    whole, partly, stands = [
        await bought(platform),
        (await platform.post("20.00"))["transaction"],
        (await platform.post("30.00"))["transaction"],
    ]
    await platform.till("TakeBack", input=taking_back(whole["id"]))
    await platform.till("TakeBack", input=taking_back(partly["id"], {"amount": {"amount": "5.00", "currency": "USD"}}))

    async def listed(state: str) -> list[str]:
        document = f"{{ transactions(state: {state}) {{ edges {{ node {{ id kind state reversals {{ id }} }} }} }} }}"
        answer = await platform.as_partner("grocer", document)
        edges = answer["transactions"]["edges"]
        assert {edge["node"]["state"] for edge in edges} == {state}
        return [edge["node"]["id"] for edge in edges if edge["node"]["kind"] == "PURCHASE"]

    assert [await listed(state) for state in ("REVERSED", "PARTLY_REVERSED", "POSTED")] == [[whole["id"]], [partly["id"]], [stands["id"]]]
    day = await platform.as_partner("grocer", "{ transactions { edges { node { because { quantity unit { code } text } } } } }")
    told = [edge["node"]["because"] for edge in day["transactions"]["edges"]]
    assert [(one["quantity"], one["unit"]["code"]) for because in told for one in because] == [("-5", "points"), ("-85", "points")]


async def test_a_return_is_found_by_its_reference_and_the_purchase_by_its_own(platform: Platform) -> None:
    purchase = await bought(platform, reference="receipt-1")
    by_reference = taking_back("", transaction={"purchase": {"reference": "receipt-1"}}, reference="return-1")

    reversed_ = await platform.till("TakeBack", input=by_reference)
    found = await platform.as_partner("grocer", '{ transaction(reference: "return-1", kind: REVERSAL) { id kind } }')
    duplicate = await platform.till("TakeBack", input={**by_reference, "idempotencyKey": key()})
    first = await platform.as_partner("grocer", '{ transaction(reference: "receipt-1") { id state reversals { id } } }')

    assert reversed_["transaction"]["id"] == purchase["id"]
    assert found["transaction"] == {"id": reversed_["reversal"]["id"], "kind": "REVERSAL"}
    assert (duplicate["__typename"], duplicate["transaction"]["id"]) == ("DuplicateReference", reversed_["reversal"]["id"])
    assert first["transaction"] == {"id": purchase["id"], "state": "REVERSED", "reversals": [{"id": reversed_["reversal"]["id"]}]}


async def test_a_redemption_comes_back_by_quantity_to_its_member(platform: Platform) -> None:
    await bought(platform, "100.00")
    member = {"email": EMAIL}
    redeemed = await platform.till(
        "Redeem", input={"idempotencyKey": key(), "member": member, "reference": key(), "unit": "points", "quantity": "50"}
    )

    back = await platform.till("TakeBack", input=taking_back(redeemed["transaction"]["id"], {"quantity": "20"}))
    found = await platform.till("Identify", input={"by": member})

    assert back["transaction"]["state"] == "PARTLY_REVERSED"
    assert found["member"]["accounts"][0]["available"] == "120"  # 150 - 50 + 20


async def test_cashback_taken_back_while_it_was_pending_was_declined(platform: Platform) -> None:
    purchase = await bought(
        platform,
        "100.00",
        partner="fuel",
        lines=[{"lineId": "1", "sku": "diesel", "category": "FUEL", "quantity": "1", "amount": "100.00"}],
    )

    back = await platform.till("TakeBack", "fuel", input=taking_back(purchase["id"]))

    states = {one["unit"]["code"]: one["state"] for one in back["transaction"]["accruals"]}
    assert states == {"points": "REVERSED", "cashback": "DECLINED"}


async def test_what_is_not_ones_own_to_take_back_is_not_found(platform: Platform) -> None:
    purchase = await bought(platform)
    mine = NodeId.read(purchase["id"])
    assert mine is not None and mine.member_id is not None
    foreign = [
        str(NodeId(NodeKind.TRANSACTION, uuid4(), mine.member_id)),
        str(NodeId(NodeKind.TRANSACTION, mine.key, uuid4())),
        str(NodeId(NodeKind.HOLD, mine.key, mine.member_id)),
        str(NodeId(NodeKind.MEMBER, mine.member_id)),
        "no id at all",
    ]

    answers = [
        await platform.till("TakeBack", "fuel", input=taking_back(purchase["id"])),
        *[await platform.till("TakeBack", input=taking_back(one)) for one in foreign],
        await platform.till("TakeBack", "fuel", input=taking_back("", transaction={"purchase": {"reference": purchase["reference"]}})),
    ]

    assert {(one["__typename"], one["code"], tuple(one["path"])) for one in answers} == {
        ("TransactionRejected", "NOT_FOUND", ("transaction",))
    }


async def test_a_return_above_what_is_left_or_of_a_return_is_refused_by_its_field(platform: Platform) -> None:
    purchase = await bought(platform, lines=LINES)
    amount = {"amount": {"amount": "60.01", "currency": "USD"}}

    above = await platform.till("TakeBack", input=taking_back(purchase["id"], amount))
    wrong = await platform.till("TakeBack", input=taking_back(purchase["id"], {"quantity": "1"}))
    unknown = await platform.till(
        "TakeBack", input=taking_back(purchase["id"], {"lines": [{"lineId": "9", "quantity": "1", "amount": "1.00"}]})
    )
    whole = await platform.till("TakeBack", input=taking_back(purchase["id"]))
    nothing = await platform.till("TakeBack", input=taking_back(purchase["id"]))
    of_return = await platform.till("TakeBack", input=taking_back(whole["reversal"]["id"]))

    assert [(one["code"], one["path"]) for one in (above, wrong, unknown, nothing, of_return)] == [
        ("ABOVE_WHAT_IS_LEFT", ["what", "amount", "amount"]),
        ("INVALID_VALUE", ["what", "quantity"]),
        ("NOT_FOUND", ["what", "lines", "0", "lineId"]),
        ("NOTHING_LEFT_TO_REVERSE", ["transaction"]),
        ("NOT_REVERSIBLE", ["transaction"]),
    ]
    assert above["message"] == "More than is left of the purchase or the line after what came back before. At most: $60.00."
    assert wrong["message"] == "Only a redemption is taken back by quantity; of a purchase give an amount or lines."


async def test_a_return_of_too_many_lines_is_told_how_many_may_come(platform: Platform) -> None:
    purchase = await bought(platform, lines=LINES)
    lines = [{"lineId": str(number), "quantity": "1", "amount": "0.01"} for number in range(501)]

    refused = await platform.till("TakeBack", input=taking_back(purchase["id"], {"lines": lines}))

    assert (refused["code"], refused["message"]) == ("LIMIT_EXCEEDED", "Too many lines; at most 500.")


async def test_whole_is_true_or_not_said(platform: Platform) -> None:
    purchase = await bought(platform)
    document = "mutation ($input: ReverseTransactionInput!) { reverseTransaction(input: $input) { ... on UserError { code path } } }"
    body = {"query": document, "variables": {"input": taking_back(purchase["id"], {"whole": False})}}

    response = await platform.send(Audience.PARTNER, await platform.partner_token("grocer"), body)

    assert response.json()["data"]["reverseTransaction"] == {"code": "INVALID_VALUE", "path": ["what", "whole"]}


async def test_a_purchase_may_be_paid_in_points_that_were_reserved(platform: Platform) -> None:
    await bought(platform, "400.00")
    hold = (
        await platform.till(
            "Authorize",
            input={"idempotencyKey": key(), "member": {"email": EMAIL}, "reference": key(), "unit": "points", "quantity": "500"},
        )
    )["hold"]
    tenders = [{"kind": "POINTS", "amount": "4.00", "holdId": hold["id"]}, {"kind": "CARD", "amount": "16.00"}]

    refused = await platform.post("20.00", tenders=[{"kind": "POINTS", "amount": "20.00"}])
    foreign = await platform.post("20.00", partner="fuel", tenders=tenders)
    posted = await platform.post("20.00", tenders=tenders)

    assert (refused["code"], refused["path"]) == ("HOLD_REQUIRED", ["tenders", "0", "holdId"])
    assert foreign["code"] == "NOT_FOUND"
    assert posted["__typename"] == "TransactionPosted"
    settled = await platform.till("Reservation", id=hold["id"])
    assert (settled["state"], settled["captured"]) == ("CAPTURED", "400")


async def test_an_anonymous_purchase_gets_a_link_for_its_receipt_and_no_member(platform: Platform) -> None:
    posted = await platform.post("20.00", email=None)
    found = await platform.as_partner("grocer", "query ($id: ID!) { node(id: $id) { __typename id } }", {"id": posted["transaction"]["id"]})

    assert (posted["__typename"], posted["member"]) == ("TransactionPosted", None)
    assert posted["claimUrl"].startswith(f"{platform.settings.url}/claim/")
    assert found["node"] == {"__typename": "Transaction", "id": posted["transaction"]["id"]}


async def test_a_claimed_receipt_is_one_purchase_of_the_partner_and_its_return_shows(platform: Platform) -> None:
    member = await platform.enrol()
    posted = await platform.post("60.00", email=None, reference="receipt-1")
    token = posted["claimUrl"].rpartition("/")[2]
    claim = "mutation ($input: ClaimTransactionInput!) { claimTransaction(input: $input) { __typename } }"
    claimed = await platform.as_member(member, claim, {"input": {"idempotencyKey": key(), "token": token}})
    document = "{ transactions { edges { node { reference kind state } } } }"

    listed = (await platform.as_partner("grocer", document))["transactions"]["edges"]
    back = await platform.till("TakeBack", input=taking_back(posted["transaction"]["id"]))
    after = await platform.as_partner("grocer", '{ transaction(reference: "receipt-1") { state reversals { id } } }')

    assert claimed["claimTransaction"]["__typename"] == "TransactionClaimed"
    assert [edge["node"] for edge in listed] == [{"reference": "receipt-1", "kind": "PURCHASE", "state": "POSTED"}]
    assert after["transaction"] == {"state": "REVERSED", "reversals": [{"id": back["reversal"]["id"]}]}


async def test_a_product_that_comes_back_stands_in_the_next_purchase_with_a_negative_amount(platform: Platform) -> None:
    first = await bought(platform, lines=LINES)
    exchange = [
        {"lineId": "1", "sku": "bread", "category": "GROCERY", "quantity": "1", "amount": "-20.00"},
        {"lineId": "2", "sku": "cake", "category": "GROCERY", "quantity": "1", "amount": "30.00"},
    ]

    posted = await platform.post("10.00", lines=exchange)
    now = await platform.as_partner("grocer", f'{{ transaction(reference: "{first["reference"]}") {{ state }} }}')

    assert posted["__typename"] == "TransactionPosted", posted
    assert now["transaction"]["state"] == "PARTLY_REVERSED"


async def test_a_member_sees_in_the_list_of_purchases_what_was_taken_back(platform: Platform) -> None:
    member = await platform.enrol()
    purchase = (await platform.post("60.00"))["transaction"]
    back = await platform.till("TakeBack", input=taking_back(purchase["id"]))
    document = "{ me { purchases(first: 5) { edges { node { state accruals { state } missed { rule } reversals { id } } } } } }"

    seen = (await platform.as_member(member, document))["me"]["purchases"]["edges"][0]["node"]

    assert (seen["state"], seen["reversals"]) == ("REVERSED", [{"id": back["reversal"]["id"]}])
    assert {one["state"] for one in seen["accruals"]} == {"REVERSED"}
