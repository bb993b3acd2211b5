"""A day on which all sorts of things happen to two members: each unit sums to nothing after each of them, and what is stored is what is rebuilt."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from uuid import UUID, uuid4

import asyncpg
import pytest

from builders.people import call_of
from builders.returns import bought
from builders.shop import DEMO, Shop, a_capture, a_line, a_redemption, a_void, an_authorization
from honeyguide.ledger.lots import COLUMNS, Move
from honeyguide.ledger.recorded import Recorded
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.adjust_account import adjust_account
from honeyguide.transactions.authorize_redemption import authorize_redemption
from honeyguide.transactions.capture_redemption import capture_redemption
from honeyguide.transactions.outcomes import Reversed
from honeyguide.transactions.redeem import redeem
from honeyguide.transactions.requests import AdjustRequest, ByAmount, ById, ReverseRequest, Whole
from honeyguide.transactions.reverse_transaction import reverse_transaction
from honeyguide.transactions.sweep_due import sweep_due
from honeyguide.transactions.transfer_points import TransferRequest, transfer_points
from honeyguide.transactions.void_redemption import void_redemption

GENEROUS = DEMO.replace("NUMBER: {points: 500, cashback: 5.00}", "NUMBER: {points: 100000, cashback: 500.00}")
FUEL = {"lines": (a_line(1, "60.00", "FUEL"),)}
COUNTED = ("issued", "pending", "open", "held", "burned", "expired", "clawed", "moved")


async def sums(shop: Shop) -> dict[str, int]:
    """By unit, what all accounts hold: the members' as stored, all others as their transfers say."""
    accounts = {row["account_id"]: row for row in await shop.database.pool.fetch("SELECT * FROM account")}
    total: Counter[str] = Counter()  # keeps what is below zero, too
    for row in accounts.values():
        total[row["unit"]] += row["posted"] if row["kind"] == "member" else 0
    for row in await shop.database.pool.fetch("SELECT * FROM transfer"):
        for account_id, amount in ((row["credit"], row["amount"]), (row["debit"], -row["amount"])):
            total[row["unit"]] += amount if accounts[account_id]["kind"] != "member" else 0
    return dict(total)


async def stored(shop: Shop) -> dict[tuple[UUID, str], tuple[int, ...]]:
    """Posted, pending, held, debt, and what is open, by member and unit: as the accounts and the lots say."""
    opened: Counter[tuple[UUID, str]] = Counter()
    for row in await shop.database.pool.fetch("SELECT member_id, unit, open FROM lot"):
        opened[row["member_id"], row["unit"]] += row["open"]
    rows = await shop.database.pool.fetch("SELECT * FROM account WHERE kind = 'member'")
    return {
        (row["member_id"], row["unit"]): (row["posted"], row["pending"], row["held"], row["debt"], opened[row["member_id"], row["unit"]])
        for row in rows
    }


async def rebuilt(shop: Shop) -> dict[tuple[UUID, str], tuple[int, ...]]:
    """The same from what is only ever added to, transfers and moves of lots."""
    pool = shop.database.pool
    mine = {row["account_id"]: (row["member_id"], row["unit"]) for row in await pool.fetch("SELECT * FROM account WHERE kind = 'member'")}
    posted: Counter[tuple[UUID, str]] = Counter()
    for row in await pool.fetch("SELECT * FROM transfer"):
        posted.update({mine[row["credit"]]: row["amount"]} if row["credit"] in mine else {})
        posted.subtract({mine[row["debit"]]: row["amount"]} if row["debit"] in mine else {})
    lots: defaultdict[tuple[UUID, str], Counter[str]] = defaultdict(Counter)
    for row in await pool.fetch("SELECT m.*, l.unit FROM lot_move AS m JOIN lot AS l USING (program_id, member_id, lot_id)"):
        source, target = COLUMNS[Move(row["what"])]
        lots[row["member_id"], row["unit"]].update({target: row["amount"]})
        lots[row["member_id"], row["unit"]].subtract({source: row["amount"]} if source else {})
    kept = {one: sum(lots[one][name] for name in ("pending", "open", "held")) for one in mine.values()}
    return {
        one: (posted[one], lots[one]["pending"], lots[one]["held"], kept[one] - posted[one], lots[one]["open"]) for one in mine.values()
    }


async def balanced(shop: Shop) -> None:
    assert set((await sums(shop)).values()) <= {0}


async def returned(shop: Shop, of: Recorded, what: ByAmount | Whole, partner: str = "grocer") -> None:
    ask = ReverseRequest(f"key-{uuid4()}", ById(of.member_id, of.transaction_id), f"return-{uuid4()}", what)
    assert isinstance(await reverse_transaction(shop.desk(partner), ask), Reversed)


async def test_r3_after_every_commit_each_unit_sums_to_zero_and_at_the_end_what_is_rebuilt_is_what_is_stored(shop: Shop):
    await shop.apply(GENEROUS)
    anna, ben = await shop.member(), await shop.member()
    lookup = await shop.lookup(anna)

    groceries = await bought(shop, anna, "120.00")
    await balanced(shop)
    fuel = await bought(shop, anna, "60.00", partner="fuel", **FUEL)  # points, and cashback that waits
    await balanced(shop)
    await returned(shop, groceries, ByAmount(Decimal("20.00"), "USD"))
    await balanced(shop)
    held = await authorize_redemption(shop.desk(), an_authorization(lookup, "40"))
    await balanced(shop)
    assert isinstance(await capture_redemption(shop.desk(), a_capture(held, "30")), Posted)
    await balanced(shop)
    let_go = await authorize_redemption(shop.desk(), an_authorization(lookup, "5"))
    assert isinstance(await void_redemption(shop.desk(), a_void(let_go)), Posted)
    await balanced(shop)
    given = AdjustRequest("by-hand", lookup, "points", Decimal(7), "GOODWILL", "late")
    assert isinstance(await adjust_account(call_of(shop), given), Posted)
    await balanced(shop)
    sent = TransferRequest("a-gift", lookup, await shop.lookup(ben), "points", Decimal(20), "a gift")
    assert isinstance(await transfer_points(call_of(shop), sent), Posted)
    await balanced(shop)
    left = await shop.database.pool.fetchval("SELECT sum(open) FROM lot WHERE member_id = $1 AND unit = 'points'", anna)
    assert isinstance(await redeem(shop.desk(), a_redemption(lookup, str(left))), Posted)
    await balanced(shop)
    await returned(shop, groceries, Whole())  # spent already: a debt
    await returned(shop, fuel, Whole(), "fuel")  # cashback that waited does not come
    await balanced(shop)
    await bought(shop, anna, "10.00", partner="fuel", lines=(a_line(1, "10.00", "FUEL"),))  # repays some of it
    shop.clock.move(days=15)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())  # cashback matures
    await balanced(shop)
    shop.clock.move(days=800)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())  # points expire
    await balanced(shop)

    assert await rebuilt(shop) == await stored(shop)
    debts = {debt for _, _, _, debt, _ in (await stored(shop)).values()}
    assert max(debts) > 0  # the day was eventful indeed
    kinds = {row["kind"] for row in await shop.database.pool.fetch("SELECT DISTINCT kind FROM transaction")}
    assert kinds >= {"PURCHASE", "REVERSAL", "REDEMPTION", "AUTHORIZATION", "VOID", "ADJUSTMENT", "TRANSFER", "ACTIVATION", "EXPIRY"}


@pytest.mark.parametrize("table", ["transaction", "transfer", "lot_move"])
async def test_r3_what_was_posted_is_neither_changed_nor_deleted(shop: Shop, superuser_url: str, table: str):
    await bought(shop, await shop.member(), "60.00")
    superuser = await asyncpg.connect(superuser_url)

    try:
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET program_id = program_id"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await shop.database.pool.execute(change)
            with pytest.raises(asyncpg.PostgresError, match="append-only"):
                await superuser.execute(change)
    finally:
        await superuser.close()


async def test_r31_a_burn_of_everything_demotes_nobody(shop: Shop):
    await shop.apply(GENEROUS)
    member = await shop.member()
    await bought(shop, member, "1200.00")
    [before] = await shop.database.pool.fetch("SELECT tier, tier_since, tier_until FROM standing WHERE member_id = $1", member)
    everything = await shop.database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1 AND unit = 'points'", member)

    assert isinstance(await redeem(shop.desk(), a_redemption(await shop.lookup(member), str(everything))), Posted)
    shop.clock.move(days=30)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    assert await shop.database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1 AND unit = 'points'", member) == 0
    [after] = await shop.database.pool.fetch("SELECT tier, tier_since, tier_until FROM standing WHERE member_id = $1", member)
    assert before["tier"] == "forager" and after == before


async def test_r31_a_review_counts_what_qualified_and_not_what_is_left_to_spend(shop: Shop):
    await shop.apply(GENEROUS)
    member = await shop.member()
    await bought(shop, member, "1200.00")
    shop.clock.move(days=100)
    await bought(shop, member, "1100.00")
    everything = await shop.database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1 AND unit = 'points'", member)
    assert isinstance(await redeem(shop.desk(), a_redemption(await shop.lookup(member), str(everything))), Posted)

    shop.clock.move(days=270)
    await sweep_due(shop.till, shop.database, shop.applied, shop.clock())

    assert await shop.database.pool.fetchval("SELECT tier FROM standing WHERE member_id = $1", member) == "forager"
