"""The server is killed with -9 under load and started again: clients send what was not answered once more, and nothing is lost."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from builders.journal import nothing_lost
from builders.load import under_load
from builders.scene import utc_now
from builders.served import Installation, RemoteTill, installed
from honeyguide.database import Database

MEMBERS, TILLS, REQUESTS, KILLED_AFTER = 4, 8, 10, 25


async def the_server_is_killed_under_load(there: Installation, database: Database, mutant: str = "") -> None:
    """In the moment in which a client heard an answer; the books must hold what it says."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(there.running("serve", mutant))
        tills = [await stack.enter_async_context(RemoteTill(there)) for _ in range(TILLS)]
        load = await stack.enter_async_context(under_load(shop(tills[one], there.numbers[one % MEMBERS]) for one in range(TILLS)))

        await load.until(lambda: len(there.journal.acknowledged) >= KILLED_AFTER)
        await server.kill()
        acknowledged = len(there.journal.acknowledged)
        await server.start()
        await load.finish()

    assert acknowledged < len(there.journal.told) == TILLS * REQUESTS
    assert there.journal.put_off > 0
    await nothing_lost(database.pool, there.program_id, there.journal, utc_now())


async def shop(till: RemoteTill, member: str) -> None:
    """As many requests as REQUESTS says; what is taken was earned here before, so only a server that forgets refuses anything."""
    await till.buy(member, "10.00")
    await till.redeem(member, "3")
    bought, taken = await till.buy(member, "10.00"), await till.reserve(member, "5")
    await (till.capture(taken, "2") if taken else till.redeem(member, "2"))
    await (till.take_back(bought, "5.00") if bought else till.redeem(member, "5"))
    given_back = await till.reserve(member, "4")
    await (till.void(given_back) if given_back else till.redeem(member, "4"))
    await till.buy(member, "10.00")
    await till.redeem(member, "3")


async def test_what_a_killed_server_acknowledged_is_in_the_books(database: Database, database_url: str, tmp_path: Path):
    async with installed(database, database_url, tmp_path, MEMBERS) as there:
        await the_server_is_killed_under_load(there, database)


async def test_a_server_that_answers_before_the_commit_is_found_out(database: Database, database_url: str, tmp_path: Path):
    async with installed(database, database_url, tmp_path, MEMBERS) as there:
        with pytest.raises(AssertionError, match="left nothing"):
            await the_server_is_killed_under_load(there, database, mutant="ANSWER_BEFORE_COMMIT")
