"""Fixtures: a till on a real PostgreSQL, and members in its books."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from uuid_utils.compat import uuid7

from builders.intents import ENROLLED, PARTNER, PROGRAM
from honeyguide.database import Database
from honeyguide.ledger.books import open_member
from honeyguide.till.claims import claim_key
from honeyguide.till.till import Till


@pytest.fixture
def open_books(database: Database) -> Callable[[], Awaitable[UUID]]:
    return partial(open_new_books, database)


async def open_new_books(database: Database) -> UUID:
    """A new member's id, with nothing in the books but the enrolment."""
    member_id, transaction_id = uuid4(), uuid7()
    async with database.transaction() as connection:
        await claim_key(
            connection, program_id=PROGRAM, scope="test", key=str(member_id), request_hash=b"", member_id=member_id,
            transaction_id=transaction_id, now=ENROLLED,
        )  # fmt: skip
        await open_member(
            connection, program_id=PROGRAM, member_id=member_id, transaction_id=transaction_id, tier=None, occurred_at=ENROLLED,
            posted_at=ENROLLED, program_version=1, partner_id=PARTNER, location=None, reference=None, detail={},
        )  # fmt: skip
    return member_id


@pytest_asyncio.fixture
async def till(database: Database, database_url: str) -> AsyncIterator[Till]:
    till = Till(database_url, lambda: datetime.now(UTC), lanes=2)
    yield till
    await asyncio.wait_for(till.stop(), 20)
