"""Real baskets through a real server: whatever is killed in the middle, nothing is lost and nothing doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from builders.machine import POSTED, Machine, installation, opened
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.demo.foundation import Foundation
from honeyguide.replay.api import Api
from honeyguide.replay.figures import Figures, figures
from honeyguide.replay.journey import Journey, load_journey
from honeyguide.replay.posts import posts_of

pytestmark = pytest.mark.timeout(300)

BASKETS = 90
SPEND = """
SELECT p.code, count(*) AS posts, sum(t.amount_minor)::bigint AS cents FROM transaction t JOIN partner p USING (program_id, partner_id)
WHERE t.kind = 'PURCHASE' GROUP BY p.code
"""


@pytest_asyncio.fixture
async def machine(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Machine]:
    async with installation(database, database_url, tmp_path) as machine:
        yield machine


async def operators_figures(machine: Machine, foundation: Foundation) -> Figures:
    async with httpx.AsyncClient() as http:
        return await figures(Api(http, machine.url, "operator", token=foundation.token(Audience.OPERATOR, "test")))


async def test_kill_9_of_server_and_replay_in_the_middle_loses_and_doubles_nothing(machine: Machine) -> None:
    journey = load_journey()
    foundation, server = await opened(machine, journey.stores)
    these = ("--baskets", str(BASKETS))
    slowly = (*these, "--streams", "2", "--posts-per-call", "3")

    first = await machine.replay(*slowly)
    await machine.until_posted(20)
    server.kill()
    await server.wait()
    when_the_server_died = await machine.database.pool.fetchval(POSTED)
    await machine.serve()
    await machine.until_posted(45)
    first.kill()
    await first.wait()
    when_the_replay_died = await machine.database.pool.fetchval(POSTED)
    second, said = await machine.finished(await machine.replay(*slowly))
    third, said_again = await machine.finished(await machine.replay(*these))

    assert 20 <= when_the_server_died < BASKETS
    assert 45 <= when_the_replay_died < BASKETS
    assert (second, third) == (0, 0), said + said_again
    assert "0 new" in said_again
    assert await spend(machine) == expected(journey)
    assert (await operators_figures(machine, foundation)).broken == ()


async def test_purchases_that_were_played_without_returns_are_checked_as_such_and_refuse_others_before_anything_is_posted(
    machine: Machine,
) -> None:
    journey = load_journey()
    await opened(machine, journey.stores)
    these = ("--households", "1")

    first, said = await machine.finished(await machine.replay(*these))
    posted = await machine.database.pool.fetchval("SELECT count(*) FROM transaction")
    same, checked = await machine.finished(await machine.replay(*these, "--check"))
    other, refused = await machine.finished(await machine.replay(*these, "--refunds", "5", "--redemptions", "10", "--check"))

    assert (first, same, other) == (0, 0, 1), said + checked + refused
    assert "1  members whose books equal the model" in checked
    assert refused.startswith("Error: on ") and refused.count("\n") == 1
    assert "first played without returns and redemptions" in refused
    assert await machine.database.pool.fetchval("SELECT count(*) FROM transaction") == posted


async def spend(machine: Machine) -> dict[str, tuple[int, int]]:
    return {row["code"]: (row["posts"], row["cents"]) for row in await machine.database.pool.fetch(SPEND)}


def expected(journey: Journey) -> dict[str, tuple[int, int]]:
    posts, cents = Counter[str](), Counter[str]()
    for basket in journey.chosen(baskets=BASKETS):
        for post in posts_of(basket, journey.lines(basket), 0):
            posts[post.partner] += 1
            cents[post.partner] += post.cents
    return {partner: (posts[partner], cents[partner]) for partner in posts}
