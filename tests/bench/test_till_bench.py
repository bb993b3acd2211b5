"""How fast the till posts purchases of the demo program, against the naive limit of the same machine in the same minute."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import asyncpg
import pytest

from builders.shop import Shop, a_purchase
from honeyguide.ledger.books import broken_rows
from honeyguide.members.lookup import MemberLookup, MemberRef, find_members
from honeyguide.programs.purchase import Purchase
from honeyguide.till.outcomes import Posted
from honeyguide.transactions.checking import purchase_of
from honeyguide.transactions.post_transaction import intent_of, post_transaction

SECONDS = 4
MEMBERS = 200


@pytest.mark.bench
@pytest.mark.timeout(300)
async def test_posts_a_second(shop: Shop, database_url: str):
    lookups = [await shop.lookup(await shop.member()) for _ in range(MEMBERS)]
    members = [ref for ref in await find_members(shop.database.pool, shop.desk().policy, lookups, shop.clock()) if ref is not None]
    naive = await _naive(database_url, clients=16)
    print(f"\nnaive: 16 clients, seven rows each in one transaction of separate statements: {naive:,.0f}/s")
    for callers in (1, 16, 64, 256):
        rate, p99 = await _measured(callers, lambda number: _till(shop, lookups, members, number))
        print(f"till, rules included, {callers:3} callers: {rate:7,.0f} purchases/s, p99 {p99 * 1000:5.1f} ms, {rate / naive:.2f} of naive")
    rate, p99 = await _measured(64, lambda number: post_transaction(shop.desk(), a_purchase(lookups[number % MEMBERS])))
    print(f"use case, lookup included, 64 callers: {rate:7,.0f} purchases/s, p99 {p99 * 1000:5.1f} ms, {rate / naive:.2f} of naive")
    assert await broken_rows(shop.database.pool, shop.applied.program_id) == []


async def _till(shop: Shop, lookups: list[MemberLookup], members: list[MemberRef], number: int) -> object:
    """From a purchase in hand to its answer: hash, intent, claim, lock, read, decide, write, commit."""
    desk, request = shop.desk(), a_purchase(lookups[number % MEMBERS])
    purchase = purchase_of(desk, request, request.occurred_at)
    assert isinstance(purchase, Purchase)
    return await shop.till.submit(intent_of(desk, request, members[number % MEMBERS].member_id, purchase, desk.applied))


async def _measured(callers: int, post: Callable[[int], Awaitable[object]]) -> tuple[float, float]:
    """Posts a second and their 99th percentile, by callers who each wait for their answer."""
    times: list[float] = []
    ends = time.perf_counter() + SECONDS

    async def caller(number: int) -> None:
        while (began := time.perf_counter()) < ends:
            assert isinstance(await post(number + len(times)), Posted)
            times.append(time.perf_counter() - began)

    await asyncio.gather(*(caller(number) for number in range(callers)))
    return len(times) / SECONDS, sorted(times)[len(times) * 99 // 100]


async def _naive(database_url: str, clients: int) -> float:
    """What a careful server without batches does: claim, lock, read, write, one statement after the other."""
    setup = await asyncpg.connect(database_url)
    program, ids = UUID(int=99), [uuid4() for _ in range(MEMBERS)]
    await setup.executemany(
        "INSERT INTO standing (program_id, member_id, changed_at) VALUES ($1, $2, now())", [(program, one) for one in ids]
    )
    await setup.close()
    done = 0
    ends = time.perf_counter() + SECONDS

    async def client(number: int) -> None:
        nonlocal done
        connection = await asyncpg.connect(database_url)
        turn = 0
        while time.perf_counter() < ends:
            member, transaction, turn = ids[(number * 7 + turn) % MEMBERS], uuid4(), turn + 1
            async with connection.transaction():
                await connection.execute(
                    "INSERT INTO claim (program_id, key, scope, claimed_at) VALUES ($1, $2, 's', now())", program, str(transaction)
                )
                await connection.execute(
                    "SELECT 1 FROM standing WHERE program_id = $1 AND member_id = $2 FOR NO KEY UPDATE", program, member
                )
                await connection.execute(
                    "INSERT INTO transaction (program_id, member_id, transaction_id, version, kind, occurred_at, posted_at, program_version, detail)"
                    " SELECT $1, $2, $3, version + 1, 'PURCHASE', now(), now(), 1, '{}' FROM standing WHERE program_id = $1 AND member_id = $2",
                    program, member, transaction,
                )  # fmt: skip
                await connection.execute(
                    "INSERT INTO account (program_id, member_id, account_id, unit, kind, owner, posted) VALUES ($1, $2, $2, 'points', 'member', $2, 1)"
                    " ON CONFLICT (program_id, member_id, account_id) DO UPDATE SET posted = account.posted + 1", program, member,
                )  # fmt: skip
                await connection.execute(
                    "INSERT INTO lot (program_id, member_id, lot_id, transaction_id, unit, issuer, earned_at, available_at, issued, open)"
                    " VALUES ($1, $2, $3, $3, 'points', $1, now(), now(), 1, 1)", program, member, transaction,
                )  # fmt: skip
                await connection.execute(
                    "INSERT INTO transfer (program_id, member_id, transaction_id, line, unit, debit, credit, amount, balance_after)"
                    " VALUES ($1, $2, $3, 1, 'points', $1, $2, 1, 1)", program, member, transaction,
                )  # fmt: skip
                await connection.execute(
                    "UPDATE standing SET version = version + 1 WHERE program_id = $1 AND member_id = $2", program, member
                )
            done += 1
        await connection.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return done / SECONDS
