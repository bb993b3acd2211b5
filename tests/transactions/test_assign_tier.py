"""A tier by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from builders.people import call_of, earn, sound
from builders.shop import DEMO, NOW, Shop
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.assign_tier import AssignTier, AssignTierOutcome, assign_tier
from honeyguide.transactions.outcomes import IdempotencyConflict, Rejected
from honeyguide.transactions.sweep_due import sweep_due

UNTIL = date(2027, 3, 31)


async def assign(shop: Shop, member: UUID, tier: str = "honeyguide", until: date = UNTIL, key: str = "key-0001") -> AssignTierOutcome:
    return await assign_tier(call_of(shop), AssignTier(key, await shop.lookup(member), tier, until, "GOODWILL", "as agreed"))


async def held(shop: Shop, member: UUID) -> tuple[str, date | None]:
    row = await shop.database.pool.fetchrow("SELECT tier, tier_until FROM standing WHERE member_id = $1", member)
    return row["tier"], row["tier_until"].astimezone(shop.applied.program.zone).date() if row["tier_until"] else None


async def test_a_tier_assigned_by_hand_is_held_to_its_last_day_with_reason_and_who_did_it(shop: Shop) -> None:
    member = await shop.member()

    outcome = await assign(shop, member)
    again = await assign(shop, member)

    assert isinstance(outcome, Posted) and isinstance(again, Posted)
    assert outcome.recorded.kind is TransactionKind.TIER_ASSIGNMENT
    assert {name: outcome.recorded.detail[name] for name in ("tier", "reason", "note", "by")} == {
        "tier": "honeyguide", "reason": "GOODWILL", "note": "as agreed", "by": "olivia"
    }  # fmt: skip
    assert (again.replayed, again.recorded.transaction_id) == (True, outcome.recorded.transaction_id)
    assert await held(shop, member) == ("honeyguide", UNTIL)
    assert await assign(shop, member, until=UNTIL + timedelta(days=1)) == IdempotencyConflict()
    assert await sound(shop)


async def test_a_purchase_that_earns_a_lower_tier_never_shortens_it_before_its_end(shop: Shop) -> None:
    member = await shop.member()
    await assign(shop, member)

    await earn(shop, member, "1500.00")

    assert await held(shop, member) == ("honeyguide", UNTIL)


async def test_a_tier_given_again_to_the_same_end_after_its_warning_is_warned_of_anew(shop: Shop) -> None:
    await shop.apply(DEMO.replace("  levels:\n    fledgling", "  warning: {days: 30}\n  levels:\n    fledgling"))
    member = await shop.member()
    await assign(shop, member)
    shop.clock.now = datetime(2027, 3, 10, tzinfo=UTC)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    await assign(shop, member, tier="forager", key="key-0002")
    await earn(shop, member)

    kinds = await shop.database.pool.fetch("SELECT kind FROM transaction WHERE member_id = $1 ORDER BY version", member)
    assert [row["kind"] for row in kinds][1:] == ["TIER_ASSIGNMENT", "TIER_WARNING", "TIER_ASSIGNMENT", "TIER_WARNING", "PURCHASE"]
    assert await sound(shop)


async def test_at_its_end_it_is_judged_like_any_other_tier(shop: Shop) -> None:
    member, loyal = await shop.member(), await shop.member()
    for one in (member, loyal):
        await assign(shop, one, key=f"key-{one}")
    await earn(shop, loyal, "1500.00")

    shop.clock.move(days=(UNTIL - NOW.date()).days + 2)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    base, earned = list(shop.applied.program.ladder.levels)[:2]
    assert (await held(shop, member))[0] == base
    assert (await held(shop, loyal))[0] == earned
    assert await sound(shop)


@pytest.mark.parametrize(
    ("tier", "until", "refusal"),
    [
        ("platinum", UNTIL, Rejected("NOT_FOUND", ("tier",), facts={"tier": "platinum"})),
        ("honeyguide", date(2026, 11, 21), Rejected("IN_THE_PAST", ("until",), facts={"until": "2026-11-21"})),
    ],
)
async def test_a_tier_that_there_is_not_or_an_end_in_the_past_is_refused(shop: Shop, tier: str, until: date, refusal: Rejected) -> None:
    member = await shop.member()

    assert await assign(shop, member, tier, until) == refusal
