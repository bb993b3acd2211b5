"""A member's year, through the three public APIs alone: joining, shopping, rising, cashback, redeeming, and the years after."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from builders.platform import POST, Platform, key, purchase
from honeyguide.transactions.sweep_due import sweep_due

ME = """{
  me {
    version locale
    tier { tier { code name } since until }
    progress { metric current needed remaining next { code } }
    accounts { unit { code } available pending held debt pendingLots { quantity availableOn } expiring { quantity expiresOn } }
    activity(first: 100) { edges { node { kind state quantity balanceAfter title unit { code } because { text } } } }
    purchases(first: 100) { edges { node { reference amount { amount } accruals { quantity state unit { code } } } } }
  }
}"""
REDEEM = """
mutation ($input: RedeemInput!) {
  redeem(input: $input) {
    __typename
    ... on Redeemed { replayed transaction { id } }
    ... on ProofRequired { accepts }
    ... on InsufficientBalance { asked available }
    ... on UserError { code }
  }
}
"""
ADJUST = """
mutation ($input: AdjustAccountInput!) {
  adjustAccount(input: $input) { __typename ... on AccountAdjusted { account { available } } ... on UserError { code } }
}
"""
# What the program file promises, worked out here once more by other means.
MULTIPLIERS = (
    (Decimal(3500), Decimal("1.5"), "honeyguide"),
    (Decimal(1000), Decimal("1.25"), "forager"),
    (Decimal(0), Decimal(1), "fledgling"),
)


@dataclass
class Anna:
    """A member who shops once a month at both partners, and keeps her own books."""

    platform: Platform
    member_id: UUID
    spent: Decimal = Decimal(0)
    points: list[int] = field(default_factory=list)  # by month
    redeemed: int = 0

    async def me(self, **headers: str) -> Any:
        return (await self.platform.as_member(self.member_id, ME, **headers))["me"]

    async def account(self, unit: str) -> Any:
        return next(account for account in (await self.me())["accounts"] if account["unit"]["code"] == unit)

    async def shop(self) -> None:
        """320 dollars at the grocer, 60 at the pump, each posted twice as tills do when an answer is lost."""
        earned = 0
        for partner, amount, category in (("grocer", "320.00", "GROCERY"), ("fuel", "60.00", "FUEL")):
            line = {"lineId": "1", "sku": category.lower(), "category": category, "quantity": "1", "amount": amount}
            body = purchase(self.platform.clock.now, amount, lines=[line])
            posted = (await self.platform.as_partner(partner, POST, {"input": body}))["postTransaction"]
            again = (await self.platform.as_partner(partner, POST, {"input": body}))["postTransaction"]
            assert (posted["replayed"], again["replayed"]) == (False, True)
            multiplier, tier = next((factor, code) for needed, factor, code in MULTIPLIERS if self.spent >= needed)
            expected = int(Decimal(amount) * multiplier) + (25 * int(Decimal(amount) // 50) if partner == "grocer" else 0)
            gained = sum(int(accrual["quantity"]) for accrual in posted["transaction"]["accruals"] if accrual["unit"]["code"] == "points")
            assert gained == expected, f"{amount} as {tier}"
            self.spent += Decimal(amount)
            earned += gained
        self.points.append(earned)

    async def redeem(self, quantity: int, unit: str = "points") -> Any:
        body = {
            "idempotencyKey": key(),
            "member": {"email": "anna@example.test"},
            "reference": key(),
            "unit": unit,
            "quantity": str(quantity),
        }
        return (await self.platform.as_partner("grocer", REDEEM, {"input": body}))["redeem"]

    @property
    def has(self) -> int:
        return sum(self.points) - self.redeemed


async def test_a_members_year(platform: Platform) -> None:
    anna = Anna(platform, await platform.enrol(locale="de-AT"))
    await joining(anna)
    await twelve_months(anna)
    await redeeming(anna)
    await a_year_away(anna)
    await the_books_are_sound(platform)


async def joining(anna: Anna) -> None:
    me = await anna.me()

    assert me["tier"]["tier"] == {"code": "fledgling", "name": "Nestling"}
    assert me["accounts"] == me["activity"]["edges"] == []
    assert me["progress"] == [
        {"metric": "spend", "current": "0.00", "needed": "1000.00", "remaining": "1000.00", "next": {"code": "forager"}}
    ]


async def twelve_months(anna: Anna) -> None:
    """Each purchase earns at the tier held when it occurred; cashback waits fourteen days and then is there by itself."""
    tiers = []
    for _ in range(12):
        await anna.shop()
        fresh = await anna.account("cashback")
        assert fresh["pending"] == "1.20"
        assert len(fresh["pendingLots"]) == 1
        anna.platform.clock.move(days=30)
        tiers.append((await anna.me())["tier"]["tier"]["code"])

    me = await anna.me()
    points, cashback = await anna.account("points"), await anna.account("cashback")
    assert tiers == ["fledgling"] * 2 + ["forager"] * 7 + ["honeyguide"] * 3
    assert me["progress"] == []
    assert (points["available"], points["pending"], points["debt"]) == (str(anna.has), "0", "0")
    assert (cashback["available"], cashback["pending"]) == ("14.40", "0.00")
    assert [int(lot["quantity"]) for lot in points["expiring"]] == anna.points
    assert points["expiring"][0]["expiresOn"] == "2028-11-22"
    rows = [edge["node"] for edge in me["activity"]["edges"]]
    last = next(row for row in rows if row["unit"]["code"] == "points")
    assert last["balanceAfter"] == str(anna.has)
    assert rows[0]["title"].startswith("Einkauf bei Fuel")
    assert any("1,5" in because["text"] and "Honiganzeiger" in because["text"] for because in last["because"])
    assert len(me["purchases"]["edges"]) == 24


async def redeeming(anna: Anna) -> None:
    """What expires first is burned first; the number alone redeems up to the program's daily limit."""
    first = await anna.redeem(500)
    too_much = await anna.redeem(1)
    anna.platform.clock.move(days=1)
    second = await anna.redeem(40)
    anna.redeemed = 540
    poor = await anna.redeem(10**9)
    points = await anna.account("points")
    given = await anna.platform.as_operator(
        ADJUST,
        {
            "input": {
                "idempotencyKey": key(),
                "member": {"email": "anna@example.test"},
                "unit": "cashback",
                "quantity": "5.60",
                "reason": "GOODWILL",
                "note": "sour milk",
            }
        },
    )

    assert first["__typename"] == second["__typename"] == "Redeemed"
    assert (too_much["__typename"], poor["__typename"]) == ("ProofRequired", "InsufficientBalance")
    assert points["available"] == str(anna.has)
    assert int(points["expiring"][0]["quantity"]) == anna.points[1] - (540 - anna.points[0])
    assert given["adjustAccount"]["account"]["available"] == "20.00"
    row = (await anna.me(Accept_Language="en"))["activity"]["edges"][1]["node"]
    assert (row["kind"], row["quantity"], row["title"]) == ("REDEEMED", "-40", "Redeemed at Grocer")


async def a_year_away(anna: Anna) -> None:
    """Two years after they were earned, points lapse month by month; the tier is reviewed, and money never expires."""
    clock = anna.platform.clock
    while clock.now.date().isoformat() < "2028-12-25":
        clock.move(days=1)

    me, points = await anna.me(), await anna.account("points")

    assert me["tier"]["tier"]["code"] == "fledgling"
    assert points["available"] == str(sum(anna.points[2:]))
    assert int(points["expiring"][0]["quantity"]) == anna.points[2]
    assert (await anna.account("cashback"))["available"] == "20.00"
    await the_worker_sweeps(anna.platform)
    after = await anna.me(Accept_Language="en")
    assert after["tier"]["tier"]["code"] == me["tier"]["tier"]["code"]
    expired = [edge["node"] for edge in after["activity"]["edges"] if edge["node"]["kind"] == "EXPIRED"]
    assert expired and all(row["title"] == "Expired" and int(row["quantity"]) < 0 for row in expired)
    assert (await anna.account("points"))["available"] == points["available"]
    anna.points, anna.redeemed, anna.spent = anna.points[2:], 0, Decimal(0)
    await anna.shop()
    assert (await anna.account("points"))["available"] == str(anna.has)


async def the_worker_sweeps(platform: Platform) -> None:
    """What the worker does each second: it writes down what readers knew by the dates already."""
    services = platform.services
    applied = services.programs.current(platform.program_id)
    assert await sweep_due(services.till, services.database, applied, platform.clock()) == 1
    assert await sweep_due(services.till, services.database, applied, platform.clock()) == 0


async def the_books_are_sound(platform: Platform) -> None:
    found = (await platform.as_operator("{ conservation { transactions brokenRows { rule detail } } }"))["conservation"]

    assert found["brokenRows"] == []
    assert int(found["transactions"]) >= 1 + 26 + 2 + 1
