"""Rules that only show at the outside: what an adjustment sets off, what a refusal says, what all readers are told of dates."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from builders.platform import Platform, key
from honeyguide.caller import Audience

ADJUST = """
mutation ($input: AdjustAccountInput!) {
  adjustAccount(input: $input) { __typename ... on AccountAdjusted { transaction { kind } } ... on UserError { code message path } }
}
"""
ME = """
{ me { version accounts { unit { code } available expiring { quantity expiresOn } }
       activity(first: 1) { edges { node { kind quantity balanceAfter unit { code } } } } } }
"""


async def me(platform: Platform, member: UUID) -> dict[str, Any]:
    return dict((await platform.as_member(member, ME))["me"])


async def written(platform: Platform, member: UUID) -> dict[str, int]:
    pool = platform.services.database.pool
    tables = ("transaction", "transfer", "lot", "lot_move")
    return {table: await pool.fetchval(f"SELECT count(*) FROM {table} WHERE member_id = $1", member) for table in tables}


async def a_pass_of(platform: Platform, member: UUID) -> None:
    """One that shows all there is at this moment."""
    await platform.services.database.pool.execute(
        "INSERT INTO pass (program_id, member_id, pass_id, style, serial, barcode, changed, shown, changed_at, modified_at, issued_at)"
        " SELECT program_id, member_id, $2, 'membership', $3, 'b', version, version, now(), now(), now() FROM standing WHERE member_id = $1",
        member, uuid4(), str(uuid4()),
    )  # fmt: skip


async def test_r4_a_manual_fix_sets_off_what_an_earning_does(platform: Platform) -> None:
    """The same rows, one version more, a line in the activity, an expiry date, and a pass that is stale: all in the one commit."""
    found = {}
    for way in ("earned", "by hand"):
        email = f"{way.replace(' ', '-')}@example.test"
        member = await platform.enrol(email)
        await a_pass_of(platform, member)
        before, version = await written(platform, member), (await me(platform, member))["version"]
        if way == "earned":
            await platform.post("40.00", email=email)
        else:
            given = {
                "idempotencyKey": key(),
                "member": {"email": email},
                "unit": "points",
                "quantity": "40",
                "reason": "GOODWILL",
                "note": "-",
            }
            answer = (await platform.as_operator(ADJUST, {"input": given}))["adjustAccount"]
            assert answer["transaction"]["kind"] == "ADJUSTMENT", answer
        after, seen = await written(platform, member), await me(platform, member)
        stale = await platform.services.database.pool.fetchrow("SELECT changed, shown FROM pass WHERE member_id = $1", member)
        [row] = [edge["node"] for edge in seen["activity"]["edges"]]
        found[way] = (
            {table: after[table] - before[table] for table in after},
            int(seen["version"]) - int(version),
            seen["accounts"],
            (row["quantity"], row["balanceAfter"], row["unit"]["code"]),
            stale["changed"] - stale["shown"],
        )

    assert found["by hand"] == found["earned"]
    rows, versions, [account], _, behind = found["by hand"]
    assert set(rows.values()) == {1} and (versions, behind) == (1, 1)
    assert account["expiring"] == [{"quantity": "40", "expiresOn": "2028-11-22"}]


async def test_r4_points_given_by_hand_expire_like_earned_ones(platform: Platform) -> None:
    member = await platform.enrol()
    given = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "unit": "points", "quantity": "40"}
    await platform.as_operator(ADJUST, {"input": {**given, "reason": "GOODWILL", "note": "-"}})

    platform.clock.move(days=740)
    await platform.post("10.00")  # whoever comes first posts what is due

    kinds = "SELECT kind FROM transaction WHERE member_id = $1 ORDER BY version"
    posted = [row["kind"] for row in await platform.services.database.pool.fetch(kinds, member)]
    assert posted == ["ENROLMENT", "ADJUSTMENT", "EXPIRY", "PURCHASE"]
    assert (await me(platform, member))["accounts"][0]["available"] == "10"


async def test_r30_the_expiring_list_shows_every_date_and_not_only_the_first(platform: Platform) -> None:
    member = await platform.enrol()
    for amount, days in (("40.00", 31), ("30.00", 28), ("20.00", 0)):
        await platform.post(amount)
        platform.clock.move(days=days)

    [account] = (await me(platform, member))["accounts"]

    assert account["expiring"] == [
        {"quantity": "40", "expiresOn": "2028-11-22"},
        {"quantity": "30", "expiresOn": "2028-12-23"},
        {"quantity": "20", "expiresOn": "2029-01-20"},
    ]


REFUSED = [
    ("redeem", "RedeemInput", {"unit": "points", "quantity": "999"}, "INSUFFICIENT_BALANCE", ["quantity"]),
    ("redeem", "RedeemInput", {"unit": "beans", "quantity": "1"}, "UNKNOWN_UNIT", ["unit"]),
    ("redeem", "RedeemInput", {"unit": "points", "quantity": "0"}, "ZERO_QUANTITY", ["quantity"]),
    ("redeem", "RedeemInput", {"unit": "points", "quantity": "1.5"}, "TOO_MANY_DECIMALS", ["quantity"]),
    ("redeem", "RedeemInput", {"unit": "points", "quantity": "1", "member": {"email": "x@example.test"}}, "MEMBER_NOT_FOUND", ["member"]),
    ("redeem", "RedeemInput", {"unit": "points", "quantity": "1", "location": "moon"}, "UNKNOWN_LOCATION", ["location"]),
    ("authorizeRedemption", "AuthorizeRedemptionInput", {"unit": "points", "quantity": "999"}, "INSUFFICIENT_BALANCE", ["quantity"]),
]


@pytest.mark.parametrize(("name", "input_", "given", "code", "path"), REFUSED, ids=lambda value: str(value)[:20])
async def test_r18_a_refusal_is_typed_names_its_field_and_is_no_error_of_transport(
    platform: Platform, name: str, input_: str, given: dict[str, Any], code: str, path: list[str]
) -> None:
    await platform.enrol()
    await platform.post("40.00")
    document = f"mutation ($input: {input_}!) {{ answer: {name}(input: $input) {{ __typename ... on UserError {{ code message path }} }} }}"
    asked = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "reference": key(), **given}

    response = await platform.send(
        Audience.PARTNER, await platform.partner_token("grocer"), {"query": document, "variables": {"input": asked}}
    )

    answer = response.json()["data"]["answer"]
    assert response.status_code == 200 and "errors" not in response.json()
    assert (answer["code"], answer["path"]) == (code, path)
    assert answer["message"] and answer["__typename"] != "UserError"


@pytest.mark.parametrize("hold", ["no-id-at-all", None])
async def test_r54_a_purchase_that_names_nobody_cannot_be_paid_in_points(platform: Platform, hold: str | None) -> None:
    await platform.enrol()
    tenders = [{"kind": "POINTS", "amount": "20.00", **({"holdId": hold} if hold else {})}]

    refused = await platform.post("20.00", email=None, tenders=tenders)

    assert "transaction" not in refused, refused
    assert refused["path"][0] in ("tenders", "member")
    assert await platform.services.database.pool.fetchval("SELECT count(*) FROM transaction WHERE kind = 'PURCHASE'") == 0


async def test_r54_a_hold_of_a_member_pays_for_no_purchase_that_names_nobody(platform: Platform) -> None:
    await platform.enrol()
    await platform.post("400.00")
    asked = {"idempotencyKey": key(), "member": {"email": "anna@example.test"}, "reference": key(), "unit": "points", "quantity": "300"}
    hold = (await platform.till("Authorize", input=asked))["hold"]

    refused = await platform.post("3.00", email=None, tenders=[{"kind": "POINTS", "amount": "3.00", "holdId": hold["id"]}])

    assert (refused["code"], refused["path"]) == ("MEMBER_REQUIRED", ["member"])
    assert (await platform.till("Reservation", id=hold["id"]))["state"] == "OPEN"
