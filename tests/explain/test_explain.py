"""`honeyguide explain`: what a finance person reads of one transaction."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from click.testing import CliRunner, Result

from builders.at_till import Till
from builders.phone import Phone
from builders.platform import Platform, key
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.cli import honeyguide
from honeyguide.transactions.requests import ByAmount

PRODUCE = [
    {"lineId": "1", "sku": "apples", "category": "PRODUCE", "quantity": "1", "amount": "10.00"},
    {"lineId": "2", "sku": "coffee", "category": "GROCERY", "quantity": "1", "amount": "52.40"},
]


async def explain(*arguments: str) -> Result:
    """The command has an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, honeyguide, ["explain", *arguments])


async def page(*arguments: Any) -> str:
    result = await explain(*map(str, arguments))
    assert result.exit_code == 0, result.output
    return result.stdout  # a server in this process may log meanwhile


def lines(text: str) -> list[str]:
    """Without the blanks around and between columns."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def posted_id(posted: Any) -> UUID:
    named = NodeId.read(posted["transaction"]["id"])
    assert named is not None
    return named.key


async def test_a_purchase_tells_rules_inputs_transfers_and_what_became_of_its_lot(platform: Platform) -> None:
    member = await platform.enrol()
    number = await platform.services.database.pool.fetchval("SELECT member_number FROM member WHERE member_id = $1", member)
    purchase = posted_id(await platform.post("62.40", lines=PRODUCE, reference="receipt-9", location="7", channel="STORE"))
    till = Till(platform, member)
    burned = await till.redeem(40)
    returned = await till.reverse(purchase, ByAmount(Decimal("2.40"), "USD"))
    lot = await platform.services.database.pool.fetchval("SELECT left(lot_id::text, 8) FROM lot WHERE transaction_id = $1", purchase)

    shown = lines(await page(purchase))

    assert "Purchase at Grocer" in shown[0]
    assert shown[1:10] == [
        f"transaction {purchase}",
        f"Member ••••{number[-4:]}",
        "Happened Nov 22, 2026, 12:00:00 PM, grocer in Main Street",
        "Posted Nov 22, 2026, 12:00:00 PM (UTC)",
        "Decided by program grocer-and-fuel, version 1, in force since Nov 22, 2026, 12:00:00 PM",
        "Tier then Fledgling",
        "Amount $62.40",
        "Channel in the shop",
        "Reference receipt-9, business date Nov 22, 2026",
    ]
    assert shown[10:14] == [
        "Receipt",
        "line article category number Amount",
        "1 apples PRODUCE 1 $10.00",
        "2 coffee GROCERY 1 $52.40",
    ]
    assert shown[14:20] == [
        "What it earned",
        f"97 points, lot {lot}: available from Nov 22, 2026, expires Nov 22, 2028",
        "72 points Points on every purchase: 1 point per $1.00, on $62.40, with more on some categories",
        "rule base: $52.40 × 1 + $10.00 × 2, rounded down",
        "25 points Big basket: 25 points for every full $50.00, on $62.40",
        "rule big-basket: full steps: 1, rounded down",
    ]
    assert shown[20:23] == ["Transfers", "line from to quantity balance after", "1 issued (Grocer) Member 97 points 97 points"]
    assert shown[23:28] == [
        "What became of it",
        f"lot {lot}, 97 points",
        f"40 points of it burned by Redemption at Grocer {burned} on Nov 22, 2026, 12:00:00 PM",
        f"3 points of it taken back by Reversal at Grocer {returned} on Nov 22, 2026, 12:00:00 PM",
        "Now: 54 points open, 40 points burned, 3 points taken back",
    ]
    assert shown[28:] == [
        "Related transactions",
        f"Reversal at Grocer {returned}, Nov 22, 2026, 12:00:00 PM: -3 points",
        "Balance after it",
        "points: posted 97 points, available 97 points",
    ]
    assert number not in "".join(shown) and "anna" not in "".join(shown).lower()


async def test_a_redemption_tells_which_lots_of_which_partner_paid(platform: Platform) -> None:
    member = await platform.enrol()
    first = posted_id(await platform.post("40.00"))
    platform.clock.move(days=1)
    second = posted_id(await platform.post("30.00", partner="fuel"))
    burned = await Till(platform, member, "fuel").redeem(60)

    shown = lines(await page(burned))

    assert "Redemption at Fuel" in shown[0]
    assert "1 Member redeemed (Fuel) 60 points 10 points" in shown
    start = shown.index("Lots that it moved")
    assert [row.split(" ", 2)[2] for row in shown[start + 2 : start + 4]] == [
        f"40 points burned Nov 22, 2026 Grocer {first}",
        f"20 points burned Nov 23, 2026 Fuel {second}",
    ]


async def test_a_reversal_tells_what_it_follows_from_and_what_is_owed(platform: Platform) -> None:
    member = await platform.enrol()
    till = Till(platform, member)
    purchase = posted_id(await platform.post("62.40"))
    await till.redeem(50)
    reversal = await till.reverse(purchase)

    shown = lines(await page(reversal))

    assert f"Follows from {purchase}" in shown
    start = shown.index("Why") + 1
    assert shown[start : start + 3] == [
        "-87 points Points on every purchase + Big basket: 0 of 87 points stay: $62.40 came back",
        "rules base, big-basket",
        "87 points taken back: 37 from this purchase, 50 owed",
    ]
    assert [line for line in shown if "issued (Grocer)" in line] == [
        "1 Member issued (Grocer) 37 points 0 points",
        "2 Member issued (Grocer) 50 points -50 points",
    ]
    assert f"Purchase at Grocer {purchase}, Nov 22, 2026, 12:00:00 PM" in shown
    assert "points: posted -50 points, available -50 points" in shown


async def test_points_that_repaid_a_debt_are_never_told_as_there(platform: Platform) -> None:
    member = await platform.enrol()
    till = Till(platform, member)
    first = posted_id(await platform.post("200.00"))
    await till.redeem(300)
    await till.reverse(first)
    all_gone = posted_id(await platform.post("100.00"))
    in_part = posted_id(await platform.post("220.00"))
    lot = "SELECT left(lot_id::text, 8) FROM lot WHERE transaction_id = $1"
    lots = [await platform.services.database.pool.fetchval(lot, one) for one in (all_gone, in_part)]

    whole, part, german = lines(await page(all_gone)), lines(await page(in_part)), lines(await page(all_gone, "--language", "de"))

    assert f"150 points, lot {lots[0]}: 150 points of it repaid at once what was owed" in whole
    start = whole.index("What became of it")
    assert whole[start + 1 : start + 4] == [
        f"lot {lots[0]}, 150 points",
        "150 points of it repaid at once what was owed",
        "Now: 150 points withheld for a debt",
    ]
    assert part[part.index("What became of it") + 2 :][:2] == [
        "150 points of it repaid at once what was owed",
        "Now: 170 points open, 150 points withheld for a debt",
    ]
    assert "Heute: 150 Punkte für eine Schuld einbehalten" in german


async def test_a_debt_repaid_by_a_lot_that_matures_is_told_of_its_purchase(platform: Platform) -> None:
    member = await platform.enrol()
    till = Till(platform, member, "fuel")
    fuel = [{"lineId": "1", "sku": "diesel", "category": "FUEL", "quantity": "1", "amount": "50.00"}]
    first = posted_id(await platform.post("50.00", partner="fuel", lines=fuel))
    platform.clock.move(days=20)
    await till.redeem(1, "cashback")
    pending = posted_id(await platform.post("50.00", partner="fuel", lines=fuel))
    await till.reverse(first)
    platform.clock.move(days=20)
    await till.sweep()

    shown = lines(await page(pending))

    assert any(line.startswith("$1.00 of it withheld for a debt by Activation") for line in shown)
    assert "Now: $1.00 withheld for a debt" in shown


async def test_an_exchange_names_its_lines_and_the_reversals_that_it_made(platform: Platform) -> None:
    await platform.enrol()
    await platform.post("62.40", lines=PRODUCE)
    back = [
        {"lineId": "1", "sku": "apples", "category": "PRODUCE", "quantity": "-1", "amount": "-10.00"},
        {"lineId": "2", "sku": "odd", "category": "GROCERY", "quantity": "-1", "amount": "-11.00"},
        {"lineId": "3", "sku": "tea", "category": "GROCERY", "quantity": "1", "amount": "20.00"},
    ]
    exchange = posted_id(await platform.post("-1.00", lines=back))
    made = "SELECT transaction_id FROM transaction WHERE kind = 'REVERSAL' ORDER BY version"
    matched, unmatched = [row["transaction_id"] for row in await platform.services.database.pool.fetch(made)]

    shown, took, found = [lines(await page(one)) for one in (exchange, unmatched, matched)]
    german = [line.replace("\xa0", " ") for line in lines(await page(unmatched, "--language", "de"))]

    assert {"3 tea GROCERY 1 $20.00", "1 apples PRODUCE -1 -$10.00 came back", "2 odd GROCERY -1 -$11.00 came back"} <= set(shown)
    assert f"Reversal at Grocer {matched}, Nov 22, 2026, 12:00:00 PM: -20 points" in shown
    assert f"Reversal at Grocer {unmatched}, Nov 22, 2026, 12:00:00 PM: -11 points" in shown
    assert "11 points taken back for a return without a recorded purchase: $11.00 came back" in took
    assert "11 Punkte zurückgenommen für eine Rückgabe ohne gebuchten Einkauf: 11,00 $ kamen zurück" in german
    assert all(f"Purchase at Grocer {exchange}, Nov 22, 2026, 12:00:00 PM" in page for page in (took, found))
    assert "1 apples PRODUCE 1 $10.00 came back" in found


async def test_a_households_pool_names_who_redeemed_from_it_by_his_last_digits(platform: Platform) -> None:
    anna = await platform.enrol()
    await platform.post("100.00")
    found = 'mutation { foundHousehold(input: {idempotencyKey: "found-household-1"}) { __typename } }'
    await platform.as_member(anna, found)
    redeem = "mutation ($input: RedeemInput!) { redeem(input: $input) { __typename } }"
    given = {"idempotencyKey": "redeem-pool-1", "member": {"email": "anna@example.test"}, "reference": "r-1", "unit": "points"}
    await platform.as_partner("grocer", redeem, {"input": {**given, "quantity": "5"}})
    pool = platform.services.database.pool
    redemption = await pool.fetchval("SELECT transaction_id FROM transaction WHERE kind = 'REDEMPTION'")
    number = await pool.fetchval("SELECT member_number FROM member WHERE member_id = $1", anna)

    shown = lines(await page(redemption))

    assert "Member the pool of a household" in shown and f"Redeemed by ••••{number[-4:]}" in shown
    assert number not in "".join(shown)


async def test_of_an_erased_member_no_digits_are_told(platform: Platform) -> None:
    member = await platform.enrol()
    purchase = posted_id(await platform.post("10.00"))
    erase = "mutation ($input: EraseMemberInput!) { eraseMember(input: $input) { __typename } }"
    given = {"idempotencyKey": "erase-anna-1", "member": str(NodeId(NodeKind.MEMBER, member)), "reason": "REQUESTED"}
    assert (await platform.as_operator(erase, {"input": given}))["eraseMember"]["__typename"] == "MemberErased"

    shown = lines(await page(purchase))

    assert "Member erased: the person is forgotten, the number removed" in shown


async def test_an_anonymous_purchase_tells_what_it_was_paid_with(platform: Platform) -> None:
    tenders = [{"kind": "CARD", "amount": "8.00"}, {"kind": "CASH", "amount": "2.00"}]
    await platform.post("10.00", email=None, tenders=tenders)
    purchase = await platform.services.database.pool.fetchval("SELECT transaction_id FROM transaction WHERE kind = 'PURCHASE'")

    assert "Paid with card $8.00, cash $2.00" in lines(await page(purchase))


async def test_own_events_and_ids_of_the_api_are_explained_too(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("20.00")
    platform.clock.move(days=732)
    await Till(platform, member).sweep()
    activity = "{ me { activity(first: 1) { edges { node { id kind } } } } }"
    (edge,) = (await platform.as_member(member, activity))["me"]["activity"]["edges"]
    expiry = await platform.services.database.pool.fetchval("SELECT transaction_id FROM transaction WHERE kind = 'EXPIRY'")

    by_activity, by_id = await page(edge["node"]["id"]), await page(expiry)

    assert edge["node"]["kind"] == "EXPIRED"
    assert by_activity == by_id
    assert "20 points expired: earned on Nov 22, 2026" in lines(by_id)
    assert "1 Member breakage 20 points 0 points" in lines(by_id)


async def test_the_page_speaks_german(platform: Platform) -> None:
    await platform.enrol()
    purchase = posted_id(await platform.post("62.40"))

    shown = lines(await page(purchase, "--language", "de"))

    assert "Einkauf bei Grocer" in shown[0]
    assert "62 Punkte Punkte auf jeden Einkauf: 1 Punkt je 1,00 $, auf 62,40 $" in [line.replace("\xa0", " ") for line in shown]
    assert "1 ausgegeben (Grocer) Mitglied 87 Punkte 87 Punkte" in shown


async def test_a_hold_an_enrolment_and_an_adjustment_are_told(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("62.40")
    till = Till(platform, member)
    hold = await till.hold(30)
    captured = await till.capture(hold, 10)
    given = {
        "idempotencyKey": "adjust-1",
        "member": {"email": "anna@example.test"},
        "unit": "points",
        "quantity": "5",
        "reason": "GOODWILL",
    }
    adjust = "mutation ($input: AdjustAccountInput!) { adjustAccount(input: $input) { __typename } }"
    await platform.as_operator(adjust, {"input": {**given, "note": "Anna called about the milk"}})
    pool = platform.services.database.pool
    enrolment, adjustment = [
        await pool.fetchval("SELECT transaction_id FROM transaction WHERE kind = $1", kind) for kind in ("ENROLMENT", "ADJUSTMENT")
    ]

    held, joined, adjusted = [lines(await page(one)) for one in (hold, enrolment, adjustment)]

    assert "It moved no points." in held and any("held" in line for line in held)
    assert f"Redemption at Grocer {captured}, Nov 22, 2026, 12:00:00 PM" in held
    assert "Fledgling since Nov 22, 2026" in joined
    assert "Reason goodwill" in adjusted and "1 adjusted by the operator Member 5 points 82 points" in adjusted
    assert "milk" not in "".join(adjusted)


async def test_an_unknown_id_is_told_so_and_fails(platform: Platform) -> None:
    unknown = uuid4()
    account = str(NodeId.read("x") or "not-an-id")

    nobody, no_id = await explain(str(unknown)), await explain(account)

    assert (nobody.exit_code, nobody.output) == (1, f"Error: the books hold no transaction {unknown}\n")
    assert no_id.exit_code == 1
    assert "`not-an-id` is no id of a transaction" in no_id.output


async def test_points_that_changed_hands_lead_from_one_side_to_the_other(platform: Platform) -> None:
    await platform.enrol()
    await platform.enrol("bert@example.test")
    await platform.post("62.40")
    sides = {"from": {"email": "anna@example.test"}, "to": {"email": "bert@example.test"}}
    given = {"idempotencyKey": "transfer-1", **sides, "unit": "points", "quantity": "30", "reason": "a present for Bert"}
    await platform.as_operator("mutation ($input: TransferPointsInput!) { transferPoints(input: $input) { __typename } }", {"input": given})
    statement = "SELECT transaction_id FROM transaction WHERE kind = 'TRANSFER' ORDER BY detail ? 'other_side' DESC"
    first, second = [row["transaction_id"] for row in await platform.services.database.pool.fetch(statement)]

    out, got = lines(await page(first)), lines(await page(second))

    assert "1 Member between members 30 points 57 points" in out and "1 between members Member 30 points 30 points" in got
    assert f"Transfer {second}, Nov 22, 2026, 12:00:00 PM" in out
    assert f"Transfer {first}, Nov 22, 2026, 12:00:00 PM" in got
    assert "Bert" not in "".join(out + got)


async def test_what_a_member_approved_in_the_app_says_so(platform: Platform) -> None:
    phone = Phone(platform, await platform.enrol())
    await platform.post("2000.00", partner="fuel")
    asked = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "reference": "r-1", "unit": "points", "quantity": "1500"}
    hold = (await platform.till("Authorize", input={**asked, "askApproval": True}))["hold"]
    await phone.answer(hold["id"])
    approval = await platform.services.database.pool.fetchval("SELECT transaction_id FROM transaction WHERE kind = 'APPROVAL'")

    told = lines(await page(approval))

    assert any("Reservation approved in the app" in line for line in told)
    assert any("1,500 points may be taken" in line for line in told), told
