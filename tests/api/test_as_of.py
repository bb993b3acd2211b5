"""What a member had: accounts, tier and the program's liability at past instants; and readers before any sweep."""

from typing import Any
from uuid import UUID

from builders.holds import PlaceHold, TakeBack
from builders.platform import Platform
from honeyguide.api.types.node import NodeId
from honeyguide.caller import Audience
from honeyguide.wallet.store import PassKey, find_pass

ACCOUNT = "id unit { code } available held pending debt pendingLots { quantity availableOn } expiring { quantity expiresOn }"
ACCOUNTS = f"{{ me {{ accounts {{ {ACCOUNT} }} }} }}"
AS_OF = f"query ($unit: String!, $at: DateTime) {{ me {{ account(unit: $unit, asOf: $at) {{ {ACCOUNT} }} }} }}"
RECORD = f"""query ($at: DateTime!) {{ member(by: {{ email: "anna@example.test" }}) {{
  account(unit: "points", asOf: $at) {{ {ACCOUNT} }} tierAt(asOf: $at) {{ tier {{ code }} since until }}
}} }}"""
LIABILITY = """query ($at: DateTime) { liability(asOf: $at) {
  asOf units { unit { code } outstanding worth { amount currency } pending pendingWorth { amount } debt }
} }"""
FUEL = [{"lineId": "1", "sku": "diesel", "category": "FUEL", "quantity": "1", "amount": "100.00"}]
AT_TILL = """mutation { identify(input: { by: { email: "anna@example.test" } }) {
  ... on MemberIdentified { member { accounts { unit { code } available redeemable } } }
} }"""
QUOTE = """{ quote(input: { member: { email: "anna@example.test" }, amount: { amount: "1.00", currency: "USD" } }) {
  ... on Quote { redeemable { unit { code } available } }
} }"""


async def account(platform: Platform, member: UUID, unit: str = "points", at: Any = None) -> Any:
    return (await platform.as_member(member, AS_OF, {"unit": unit, "at": at and at.isoformat()}))["me"]["account"]


def amounts(account: Any) -> tuple[str, str, str, str]:
    return account["available"], account["held"], account["pending"], account["debt"]


def points(accounts: Any) -> Any:
    return next(one for one in accounts if one["unit"]["code"] == "points")


async def card_balance(platform: Platform, member: UUID) -> Any:
    """What the member's pass shows of points now."""
    card = await platform.as_member(member, 'mutation { issuePass(input: { style: "membership" }) { ... on PassIssued { pass { id } } } }')
    named = NodeId.read(card["issuePass"]["pass"]["id"])
    assert named is not None
    services, key = platform.services, PassKey(platform.program_id, member, named.key)
    await services.wallet.publisher.publish(key, platform.clock())
    row = await find_pass(services.database.pool, key)
    assert row is not None and row.face is not None
    return row.face["balance.points"]


async def test_an_account_is_told_as_the_books_stood_then(platform: Platform) -> None:
    member = await platform.enrol()
    enrolled = platform.clock.now
    platform.clock.move(hours=1)
    await platform.post("100.00", partner="fuel", lines=FUEL)
    bought = platform.clock.now
    now = points((await platform.as_member(member, ACCOUNTS))["me"]["accounts"])
    platform.clock.move(days=15)
    await platform.post("30.00")

    then = await account(platform, member, at=bought)
    before = await account(platform, member, at=enrolled)
    cash = await account(platform, member, "cashback", at=bought)
    long_before = await account(platform, member, at=enrolled.replace(year=2020))
    unknown = await account(platform, member, "stars", at=bought)

    assert {**then, "id": ""} == {**now, "id": ""}
    assert then["available"] == "100"
    assert (amounts(cash), cash["pendingLots"]) == (("0.00", "0.00", "2.00", "0.00"), [{"quantity": "2.00", "availableOn": "2026-12-06"}])
    assert amounts(before) == amounts(long_before) == ("0", "0", "0", "0")
    assert unknown is None
    assert (await account(platform, member))["available"] == "130"


async def test_an_account_of_the_past_has_an_id_of_its_own_that_finds_it_again(platform: Platform) -> None:
    member, bert = await platform.enrol(), await platform.enrol("bert@example.test")
    await platform.post("10.00")
    then = await account(platform, member, at=platform.clock.now)
    platform.clock.move(days=1)
    await platform.post("20.00")
    query = "query ($id: ID!) { node(id: $id) { id ... on Account { available } } }"
    now = await account(platform, member)
    named = NodeId.read(then["id"])
    assert named is not None and named.instant is not None
    to_come = str(NodeId(named.kind, named.key, named.member_id, instant=platform.clock.now.replace(year=2030)))

    assert then["id"] != now["id"]
    assert (await platform.as_member(member, query, {"id": then["id"]}))["node"] == {"id": then["id"], "available": "10"}
    assert (await platform.as_member(member, query, {"id": now["id"]}))["node"]["available"] == "30"
    assert (await platform.as_member(bert, query, {"id": then["id"]}))["node"] is None
    assert (await platform.as_member(member, query, {"id": to_come}))["node"] is None


async def test_an_instant_to_come_is_refused(platform: Platform) -> None:
    member = await platform.enrol()
    body = {"query": AS_OF, "variables": {"unit": "points", "at": "2026-11-22T12:00:01Z"}}

    answer = (await platform.send(Audience.MEMBER, platform.token(Audience.MEMBER, str(member)), body)).json()
    liability = {"query": LIABILITY, "variables": {"at": "2026-11-22T12:00:01Z"}}
    owed = (await platform.send(Audience.OPERATOR, platform.token(Audience.OPERATOR, "olivia"), liability)).json()

    assert [error["extensions"]["code"] for one in (answer, owed) for error in one["errors"]] == ["IN_THE_FUTURE"] * 2


async def test_the_operator_reads_accounts_tiers_and_liability_of_any_instant(platform: Platform) -> None:
    await platform.enrol()
    joined = platform.clock.now
    platform.clock.move(days=1)
    await platform.post("1200.00")
    promoted = platform.clock.now
    platform.clock.move(days=1)
    await platform.enrol("bert@example.test")
    await platform.post("100.00", partner="fuel", lines=FUEL, email="bert@example.test")

    first = (await platform.as_operator(RECORD, {"at": joined.isoformat()}))["member"]
    second = (await platform.as_operator(RECORD, {"at": promoted.isoformat()}))["member"]
    never = (await platform.as_operator(RECORD, {"at": "2020-01-01T00:00:00Z"}))["member"]
    then = (await platform.as_operator(LIABILITY, {"at": promoted.isoformat()}))["liability"]
    now = (await platform.as_operator(LIABILITY))["liability"]

    assert (first["tierAt"]["tier"]["code"], first["account"]["available"]) == ("fledgling", "0")
    assert (second["tierAt"]["tier"]["code"], second["account"]["available"]) == ("forager", "1800")
    assert never["tierAt"] is None
    assert then["units"] == [
        {"unit": {"code": "points"}, "outstanding": "1800", "worth": {"amount": "18.00", "currency": "USD"}, "pending": "0",
         "pendingWorth": {"amount": "0.00"}, "debt": "0"},
    ]  # fmt: skip
    assert [(one["unit"]["code"], one["outstanding"], one["pending"]) for one in now["units"]] == [
        ("points", "1900", "0"),
        ("cashback", "0.00", "2.00"),
    ]
    assert now["asOf"] == "2026-11-24T12:00:00Z"


async def test_r14_an_overdue_hold_is_void_to_every_reader_before_any_sweep(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("79.90", partner="fuel")
    partner = platform.partners["fuel"]["partner_id"]
    await platform.services.till.submit(PlaceHold(platform.program_id, member, partner, 50))

    held = points((await platform.as_member(member, ACCOUNTS))["me"]["accounts"])
    card = await card_balance(platform, member)
    platform.clock.move(minutes=16)
    released = points((await platform.as_member(member, ACCOUNTS))["me"]["accounts"])
    at_till = points((await platform.as_partner("fuel", AT_TILL))["identify"]["member"]["accounts"])
    quoted = points((await platform.as_partner("fuel", QUOTE))["quote"]["redeemable"])

    assert (amounts(held), card) == (("29", "50", "0", "0"), 29)
    assert amounts(released) == ("79", "0", "0", "0")
    assert [lot["quantity"] for lot in held["expiring"] + released["expiring"]] == ["29", "79"]
    assert (at_till["available"], at_till["redeemable"], quoted["available"]) == ("79", "79", "79")
    # Nobody has posted the lapse; a pass drawn now knows it all the same.
    await platform.services.database.pool.execute("UPDATE pass SET changed = changed + 1 WHERE member_id = $1", member)
    assert await card_balance(platform, member) == 79


async def test_r22_who_owes_sees_so_everywhere(platform: Platform) -> None:
    member = await platform.enrol()
    await platform.post("79.90", partner="fuel")
    pool, partner = platform.services.database.pool, platform.partners["fuel"]["partner_id"]
    purchase = await pool.fetchval("SELECT transaction_id FROM transaction WHERE kind = 'PURCHASE'")
    redeem = """mutation { redeem(input: { idempotencyKey: "redeem-1", member: { email: "anna@example.test" }, reference: "r1", unit: "points",
      quantity: "60" }) { __typename } }"""
    assert (await platform.as_partner("fuel", redeem))["redeem"]["__typename"] == "Redeemed"
    await platform.services.till.submit(TakeBack(platform.program_id, member, partner, purchase))

    owing = points((await platform.as_member(member, ACCOUNTS))["me"]["accounts"])
    at_till = points((await platform.as_partner("fuel", AT_TILL))["identify"]["member"]["accounts"])
    card = await card_balance(platform, member)
    owed = (await platform.as_operator(LIABILITY))["liability"]["units"][0]

    assert amounts(owing) == ("-60", "0", "0", "60")
    assert (at_till["redeemable"], card) == ("0", -60)
    assert (owed["outstanding"], owed["debt"]) == ("0", "60")
