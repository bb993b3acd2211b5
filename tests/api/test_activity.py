"""The statement: every kind of event has its rows, each says whether it still stands, and why it is so many."""

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from builders.at_till import Till
from builders.platform import GALLERY, Platform, running_platform
from honeyguide.api.types.node import NodeId
from honeyguide.database import Database
from honeyguide.transactions.requests import ByAmount

ROWS = """query ($f: Int, $a: String, $l: Int, $b: String) { me { activity(first: $f, after: $a, last: $l, before: $b) {
  edges { node { id kind state quantity balanceAfter title unit { code } transaction { kind } because { rule quantity text } } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
} } }"""


async def rows(platform: Platform, member: UUID, **more: Any) -> list[Any]:
    """The statement, newest first."""
    page = (await platform.as_member(member, ROWS, {"f": 100}, **more))["me"]["activity"]
    return [edge["node"] for edge in page["edges"]]


def told(row: Any) -> tuple[str, str, str, str]:
    return row["kind"], row["state"], row["quantity"], row["balanceAfter"]


def texts(row: Any) -> list[str]:
    return [because["text"] for because in row["because"]]


def transaction_id(posted: Any) -> UUID:
    named = NodeId.read(posted["transaction"]["id"])
    assert named is not None
    return named.key


async def test_an_accrual_tells_its_rule_and_until_when_its_lot_is_good(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("62.40")

    (row,) = await rows(platform, member)

    assert told(row) == ("EARNED", "DONE", "87", "87")
    assert texts(row) == [
        "Points on every purchase: 1 point per $1.00, on $62.40, good until Nov 22, 2028",
        "Big basket: 25 points for every full $50.00, on $62.40, good until Nov 22, 2028",
    ]
    assert sum(int(because["quantity"]) for because in row["because"]) == 87


async def test_a_redemption_tells_which_lots_paid_for_it(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("40.00")
    platform.clock.move(days=1)
    await platform.post("30.00", partner="fuel")
    await Till(platform, member, "fuel").redeem(60)

    row = (await rows(platform, member))[0]
    german = (await rows(platform, member, Accept_Language="de"))[0]

    assert told(row) == ("REDEEMED", "DONE", "-60", "10")
    assert texts(row) == ["60 points redeemed: accruals used: 2, earned at Fuel, Grocer, the oldest on Nov 22, 2026"]
    assert texts(german) == ["60 Punkte eingelöst: benutzte Gutschriften: 2, gesammelt bei Fuel, Grocer, die älteste vom 22.11.2026"]


async def test_a_hold_has_a_row_while_it_is_open_and_one_when_it_ends(platform: Platform) -> None:
    member = await platform.enrol()
    till = Till(platform, member)
    await platform.post("200.00")

    first = await till.hold(30)
    opened = (await rows(platform, member))[0]
    await till.void(first)
    second = await till.hold(50)
    await till.capture(second, 20)
    await till.hold(40, seconds=60)
    platform.clock.move(minutes=2)
    overdue = (await rows(platform, member))[0]
    await till.sweep()
    after = await rows(platform, member)

    assert told(opened) == ("HELD", "PENDING", "30", "300")
    assert texts(opened) == ["30 points reserved: accruals used: 1, earned at Grocer, the oldest on Nov 22, 2026"]
    assert told(overdue) == ("HELD", "UNDONE", "40", "280")
    assert [told(row) for row in after] == [
        ("RELEASED", "DONE", "40", "280"),
        ("HELD", "UNDONE", "40", "280"),
        ("REDEEMED", "DONE", "-20", "280"),
        ("HELD", "DONE", "50", "300"),
        ("RELEASED", "DONE", "30", "300"),
        ("HELD", "UNDONE", "30", "300"),
        ("EARNED", "DONE", "300", "300"),
    ]
    assert [row["title"] for row in after[:2]] == ["Reservation at Grocer has run out", "Reserved at Grocer"]
    assert texts(after[0]) == ["The reservation of 40 points has run out"]
    assert texts(after[4]) == ["30 points no longer reserved"]


async def test_a_return_shows_on_both_sides(platform: Platform) -> None:
    member = await platform.enrol()
    till = Till(platform, member)
    posted = await platform.post("62.40")
    await till.redeem(50)
    await till.reverse(transaction_id(posted))

    taken, uncovered, redeemed, earned = await rows(platform, member)

    assert [told(row) for row in (taken, uncovered)] == [("REVERSED", "DONE", "-50", "-50"), ("REVERSED", "DONE", "-37", "0")]
    assert taken["title"] == "Return at Grocer"
    assert texts(taken) == [
        "Points on every purchase: 0 of 87 points stay: $62.40 came back",
        "87 points taken back: 37 from this purchase, 50 owed",
    ]
    assert told(redeemed) == ("REDEEMED", "DONE", "-50", "37")
    assert told(earned) == ("EARNED", "UNDONE", "87", "87")
    assert texts(earned)[-1] == "87 points taken back: on Nov 22, 2026"
    assert sum(int(because["quantity"]) for because in earned["because"]) == 0


async def test_what_repaid_a_debt_reads_as_if_nothing_of_it_could_be_spent(platform: Platform) -> None:
    member = await platform.enrol()
    till = Till(platform, member)
    posted = await platform.post("200.00")
    await till.redeem(300)
    await till.reverse(transaction_id(posted))
    await platform.post("100.00")

    earned = (await rows(platform, member))[0]
    german = (await rows(platform, member, Accept_Language="de"))[0]
    await platform.post("220.00")
    partly = (await rows(platform, member))[0]

    assert told(earned) == ("EARNED", "DONE", "150", "-150")
    assert texts(earned) == [
        "Points on every purchase: 1 point per $1.00, on $100.00",
        "Big basket: 25 points for every full $50.00, on $100.00",
        "150 points repaid what was owed",
    ]
    assert texts(german)[-1] == "150 Punkte gleichen aus, was offen war"
    assert texts(partly)[-1] == "150 points repaid what was owed" and "good until" in texts(partly)[0]
    assert sum(int(because["quantity"]) for because in partly["because"]) == 320 - 150


async def test_a_return_without_its_purchase_tells_what_it_took(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("20.00")
    await platform.post("-30.00", lines=[{"lineId": "1", "sku": "unknown", "category": "GROCERY", "quantity": "-1", "amount": "-30.00"}])

    taken = (await rows(platform, member))[0]
    german = (await rows(platform, member, Accept_Language="de"))[0]

    assert told(taken) == ("REVERSED", "DONE", "-20", "0")
    assert texts(taken) == ["20 points taken back for a return without a recorded purchase: $30.00 came back"]
    assert [text.replace("\xa0", " ") for text in texts(german)] == [
        "20 Punkte zurückgenommen für eine Rückgabe ohne gebuchten Einkauf: 30,00 $ kamen zurück"
    ]


async def test_a_part_that_came_back_leaves_the_row_standing(platform: Platform) -> None:
    member = await platform.enrol()
    posted = await platform.post("62.40")
    await Till(platform, member).reverse(transaction_id(posted), ByAmount(Decimal("2.00"), "USD"))

    reversed_, earned = await rows(platform, member)

    assert (told(reversed_), told(earned)) == (("REVERSED", "DONE", "-2", "85"), ("EARNED", "DONE", "87", "87"))
    assert texts(earned)[-1] == "2 points taken back: on Nov 22, 2026"


async def test_a_redemption_that_came_back_is_undone(platform: Platform) -> None:
    member = await platform.enrol()
    till = Till(platform, member)
    await platform.post("62.40")
    burned = await till.redeem(50)
    await till.reverse(burned)

    back, redeemed, _ = await rows(platform, member)

    assert (told(back), back["title"]) == (("REVERSED", "DONE", "50", "87"), "Given back by Grocer")
    assert texts(back) == ["50 points given back with the dates they had"]
    assert (redeemed["state"], texts(redeemed)[-1]) == ("UNDONE", "50 points given back: on Nov 22, 2026")


async def test_what_matured_and_what_expired_say_when_they_were_earned(platform: Platform) -> None:
    member = await platform.enrol()
    fuel = [{"lineId": "1", "sku": "diesel", "category": "FUEL", "quantity": "1", "amount": "50.00"}]
    await platform.post("50.00", partner="fuel", lines=fuel)
    pending = [row for row in await rows(platform, member) if row["kind"] == "PENDING"]
    till = Till(platform, member)
    platform.clock.move(days=15)
    await till.sweep()
    matured, *_ = await rows(platform, member)
    platform.clock.move(days=731)
    await till.sweep()
    expired = next(row for row in await rows(platform, member) if row["kind"] == "EXPIRED")

    assert [told(row) for row in pending] == [("PENDING", "PENDING", "1.00", "1.00")]
    assert told(matured) == ("ACTIVATED", "DONE", "1.00", "1.00")
    assert texts(matured) == ["$1.00 can be redeemed from now on: earned on Nov 22, 2026"]
    assert (told(expired), texts(expired)) == (("EXPIRED", "DONE", "-50", "0"), ["50 points expired: earned on Nov 22, 2026"])


async def test_pages_hold_every_row_once_in_both_directions(platform: Platform) -> None:
    member = await platform.enrol()
    till = Till(platform, member)
    for _ in range(3):
        posted = await platform.post("120.00")
        await till.void(await till.hold(10))
        await till.redeem(20)
        await till.reverse(transaction_id(posted))

    async def page(**variables: Any) -> Any:
        return (await platform.as_member(member, ROWS, variables))["me"]["activity"]

    whole = [row["id"] for row in await rows(platform, member)]
    forward, backward, after, before = [], [], None, None
    while True:
        found = await page(f=2, a=after)
        forward += [edge["node"]["id"] for edge in found["edges"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    while True:
        found = await page(l=3, b=before)
        backward = [edge["node"]["id"] for edge in found["edges"]] + backward
        before = found["pageInfo"]["startCursor"]
        if not found["pageInfo"]["hasPreviousPage"]:
            break

    assert forward == backward == whole
    nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Activity { id kind balanceAfter } } }"
    again = (await platform.as_member(member, nodes, {"ids": whole}))["nodes"]
    assert [node["id"] for node in again] == whole


async def test_adjustments_say_that_they_were_made_by_hand(platform: Platform) -> None:
    member = await platform.enrol()
    given = {
        "idempotencyKey": "adjust-1",
        "member": {"email": "anna@example.test"},
        "unit": "points",
        "reason": "GOODWILL",
        "note": "secret",
    }
    adjust = "mutation ($input: AdjustAccountInput!) { adjustAccount(input: $input) { __typename } }"
    await platform.as_operator(adjust, {"input": {**given, "quantity": "10"}})
    await platform.as_operator(adjust, {"input": {**given, "idempotencyKey": "adjust-2", "quantity": "-4"}})

    taken, got = await rows(platform, member)

    assert (told(got), told(taken)) == (("ADJUSTED", "DONE", "10", "10"), ("ADJUSTED", "DONE", "-4", "6"))
    assert texts(got) == texts(taken) == ["Corrected by hand: goodwill"]


async def test_missed_tells_what_lacked_besides_what_the_rules_recorded(database: Database, database_url: str, home: Path) -> None:
    rules = """
  in-the-app: {kind: visit, unit: points, title: In the app, channels: [APP], earn: 5}
  guides: {kind: visit, unit: points, title: Only for some, tiers: [honeyguide], earn: 5}
"""
    program = GALLERY.read_text().replace("\ncashback:\n", rules + "\ncashback:\n", 1)
    async with running_platform(database, database_url, home, program) as platform:
        member = await platform.enrol()
        posted = await platform.post("10.00")
        purchases = "{ me { purchases { edges { node { id missed { rule quantity text } } } } } }"
        listed = (await platform.as_member(member, purchases))["me"]["purchases"]["edges"][0]["node"]
        node = "query ($id: ID!) { node(id: $id) { ... on Transaction { id missed { rule quantity text } } } }"
        found = (await platform.as_member(member, node, {"id": posted["transaction"]["id"]}))["node"]

    assert [because["text"] for because in listed["missed"]] == [
        "Big basket: $40.00 more to the next step of $50.00",
        "In the app: only in the app",
        "Only for some: only as Honeyguide",
    ]
    assert found == listed


async def test_points_that_change_hands_show_at_both_members(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    await platform.post("62.40")
    given = {
        "idempotencyKey": "transfer-1",
        "from": {"email": "anna@example.test"},
        "to": {"email": "bert@example.test"},
        "unit": "points",
        "quantity": "30",
        "reason": "a present",
    }
    transfer = "mutation ($input: TransferPointsInput!) { transferPoints(input: $input) { __typename ... on UserError { code path } } }"
    answer = await platform.as_operator(transfer, {"input": given})

    out, got = (await rows(platform, anna))[0], (await rows(platform, bert))[0]

    assert answer["transferPoints"]["__typename"] == "PointsTransferred", answer
    assert (told(out), out["title"], texts(out)) == (("TRANSFERRED", "DONE", "-30", "57"), "Handed on", ["30 points handed on"])
    assert (told(got), got["title"], texts(got)) == (("TRANSFERRED", "DONE", "30", "30"), "Received", ["30 points received"])


async def test_merged_memberships_show_what_came_along(platform: Platform) -> None:
    anna, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    await platform.post("62.40")
    await platform.post("10.00", email="bert@example.test")
    given = {
        "idempotencyKey": "merge-001",
        "source": {"email": "anna@example.test"},
        "target": {"email": "bert@example.test"},
        "note": "one person",
    }
    merge = "mutation ($input: MergeMembersInput!) { mergeMembers(input: $input) { __typename ... on UserError { code path } } }"
    answer = await platform.as_operator(merge, {"input": given})

    got = (await rows(platform, bert))[0]
    gone = (await platform.as_member(anna, ROWS, {"f": 1}))["me"]

    assert answer["mergeMembers"]["__typename"] == "MembersMerged", answer
    assert (told(got), got["title"]) == (("TRANSFERRED", "DONE", "87", "97"), "Memberships merged")
    assert gone is None


async def test_what_was_left_at_the_end_of_a_membership_is_shown_as_forfeited(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("62.40")
    number = (await platform.as_member(member, "{ me { memberNumber } }"))["me"]["memberNumber"]
    close = "mutation ($input: CloseAccountInput!) { closeAccount(input: $input) { __typename } }"
    answer = await platform.as_member(member, close, {"input": {"idempotencyKey": "close-001", "memberNumber": number}})
    assert answer["closeAccount"]["__typename"] == "AccountClosed", answer
    row = ROWS.replace("query ($f: Int, $a: String, $l: Int, $b: String) { me {", "{ members { edges { node {").replace(
        "(first: $f, after: $a, last: $l, before: $b)", ""
    )

    edges = (await platform.as_operator(row + " } }"))["members"]["edges"][0]["node"]["activity"]["edges"]

    forfeited, earned = [edge["node"] for edge in edges]
    assert (told(forfeited), forfeited["title"]) == (("EXPIRED", "DONE", "-87", "0"), "Forfeited at the end of the membership")
    assert texts(forfeited), forfeited
    assert earned["kind"] == "EARNED"
