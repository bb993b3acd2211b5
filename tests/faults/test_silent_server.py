"""The server falls silent in the middle of a transaction: nobody waits beyond the deadline, and the lane works on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from builders.cutting_proxy import CuttingProxy
from builders.intents import PROGRAM, Accrue, key
from honeyguide.database import Database
from honeyguide.ledger.books import broken_rows
from honeyguide.till.outcomes import Posted, RetryLater
from honeyguide.till.till import Till


@pytest.mark.parametrize("step", [b"till_open", b"till_write", b"COMMIT", b"NOTIFY"], ids=bytes.decode)
async def test_a_lane_outlives_a_server_that_fell_silent(
    step: bytes, database_url: str, database: Database, open_books: Callable[[], Awaitable[UUID]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("honeyguide.till.lane.DEADLINE_SECONDS", 1.0)
    monkeypatch.setattr("honeyguide.till.lane.NOTICE_SECONDS", 0.2)
    member, swallowed = await open_books(), 0

    def once(_: int, data: bytes, forwarded: bool) -> bool:
        nonlocal swallowed
        swallowed += not forwarded and step in data
        return not forwarded and step in data and swallowed == 1

    first, later = Accrue(member, 1, key()), Accrue(member, 1, key())
    async with CuttingProxy(database_url, once, silent=True) as proxy:
        till = Till(proxy.url, lambda: datetime.now(UTC), lanes=1)
        answer = await asyncio.wait_for(till.submit(first), 4)
        again = await asyncio.wait_for(till.submit(first), 4)
        other = await asyncio.wait_for(till.submit(later), 4)
        await till.stop()

    assert swallowed
    assert isinstance(answer, Posted if step == b"NOTIFY" else RetryLater)
    assert isinstance(again, Posted) and isinstance(other, Posted)
    assert await database.pool.fetchval("SELECT posted FROM account WHERE member_id = $1", member) == 2
    assert await broken_rows(database.pool, PROGRAM) == []
