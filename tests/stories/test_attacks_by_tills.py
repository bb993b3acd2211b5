"""The attacks of security.md by whoever holds a till's key: fake purchases, backdating, farming of bonuses; each is carried out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from builders.platform import GALLERY, Platform, key, purchase, running_platform
from honeyguide.caller import Audience
from honeyguide.database import Database

LIMITED = GALLERY.read_text().replace(
    "limits:\n",
    """limits:
  earn:
    per_post: {amount: 500.00, points: {points: 1000}}
    per_day:
      member: {posts: 6, points: {points: 900}}
      credential: {posts: 40}
    velocity:
      - {by: member_at_cashier, posts: 4, minutes: 10}
      - {by: credential, posts: 30, minutes: 10}
""",
    1,
)
POST = """
mutation ($input: PostTransactionInput!) {
  postTransaction(input: $input) { __typename ... on TransactionPosted { transaction { id } } ... on TransactionParked { reason } ... on UserError { code } }
}
"""
BALANCE = "{ me { accounts { unit { code } available debt } } }"


@pytest_asyncio.fixture
async def town(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Platform]:
    async with running_platform(database, database_url, tmp_path, LIMITED) as platform:
        await platform.partner_token("grocer")
        yield platform


async def post(town: Platform, email: str | None, amount: str, at: Any = None, **more: Any) -> dict[str, Any]:
    """With the leaked key, which names what it likes."""
    partner = str(town.partners["grocer"]["partner_id"])
    token = town.token(Audience.PARTNER, partner, credential_id="leaked")
    answer = await town.ask(Audience.PARTNER, token, POST, {"input": purchase(at or town.clock(), amount, email, **more)})
    result: dict[str, Any] = answer["postTransaction"]
    return result


async def points(town: Platform, member_id: Any) -> int:
    accounts = (await town.as_member(member_id, BALANCE))["me"]["accounts"]
    return next(int(one["available"]) - int(one["debt"]) for one in accounts if one["unit"]["code"] == "points")


async def test_a_leaked_key_cannot_make_points_without_end_whatever_cashier_or_shop_it_names(town: Platform) -> None:
    members = [await town.enrol(f"{n}@example.test") for n in range(20)]

    told = [
        await post(town, f"{n % 20}@example.test", "99.00", cashier=f"made-up-{n}", location="7" if n % 2 else None) for n in range(120)
    ]

    posted = [one for one in told if one["__typename"] == "TransactionPosted"]
    assert len(posted) == 30
    assert {one["reason"] for one in told if "reason" in one} == {"CREDENTIAL_VELOCITY"}
    assert sum([await points(town, member) for member in members]) <= 30 * 99 * 2
    waiting = await town.services.database.pool.fetchval("SELECT count(*) FROM parked_post WHERE decision IS NULL")
    assert waiting == 90  # none is lost


async def test_one_great_purchase_or_one_member_all_day_does_not_get_through_either(town: Platform) -> None:
    await town.enrol()

    great = await post(town, "anna@example.test", "500.01")
    fast = [await post(town, "anna@example.test", "10.00", cashier="eve") for _ in range(5)]
    slow = []
    for _ in range(4):
        town.clock.move(minutes=30)
        slow.append(await post(town, "anna@example.test", "10.00", cashier="eve"))

    assert great["reason"] == "POST_LIMIT"
    assert [one.get("reason") for one in fast] == [None] * 4 + ["MEMBER_AT_CASHIER_VELOCITY"]
    assert [one.get("reason") for one in slow] == [None, None, "MEMBER_DAY_LIMIT", "MEMBER_DAY_LIMIT"]


async def test_backdating_opens_no_other_days_limits_and_no_closed_window(town: Platform) -> None:
    await town.enrol()

    told = [await post(town, "anna@example.test", "10.00", town.clock() - timedelta(days=n), cashier=f"c{n}") for n in range(9)]
    old = await post(town, "anna@example.test", "10.00", town.clock() - timedelta(days=900))
    ahead = await post(town, "anna@example.test", "10.00", town.clock() + timedelta(minutes=11))

    assert [one.get("reason") for one in told] == [None] * 6 + ["MEMBER_DAY_LIMIT"] * 3
    assert old["reason"] == "OLDER_THAN_WINDOW"
    assert ahead["code"] == "IN_THE_FUTURE"


async def test_buying_and_bringing_back_all_day_farms_nothing_and_ends_at_the_limit(town: Platform) -> None:
    anna = await town.enrol()
    told = []
    for n in range(9):
        bought = await post(town, "anna@example.test", "90.00", cashier=f"c{n}")
        told.append(bought.get("reason"))
        if "transaction" in bought:
            back = {
                "idempotencyKey": key(),
                "occurredAt": town.clock().isoformat(),
                "transaction": {"id": bought["transaction"]["id"]},
                "reference": key(),
                "what": {"whole": True},
            }
            assert (await town.till("TakeBack", input=back))["__typename"] == "TransactionReversed"

    assert await points(town, anna) == 0
    assert told == [None] * 6 + ["MEMBER_DAY_LIMIT"] * 3


async def test_a_limit_on_points_holds_for_many_small_bonuses_too(town: Platform) -> None:
    anna = await town.enrol()

    told = [(await post(town, "anna@example.test", "300.00", cashier=f"c{n}")).get("reason") for n in range(6)]

    assert "MEMBER_POINTS_LIMIT" in told
    assert await points(town, anna) <= 900
