"""The door keeps verified tokens, and lets go of them when a credential is revoked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from honeyguide.caller import Audience, Caller
from honeyguide.database import Database
from honeyguide.identity.keys import KeyRing, open_key_ring
from honeyguide.identity.revocations import REVOCATION_SECONDS, Revocations
from honeyguide.identity.store import Credential, end_credential, insert_credential, revoke_credential, revoked_credentials
from honeyguide.identity.token_door import TokenDoor
from honeyguide.identity.tokens import LEEWAY, Refusal, TokenRefused, issue_token

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = "https://loyalty.example"
PROGRAM = UUID(int=1)
LIFE = timedelta(minutes=30)


def caller(n: int = 1) -> Caller:
    return Caller(Audience.PARTNER, PROGRAM, str(UUID(int=2)), frozenset({"earn"}), f"partner-{n}")


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return open_key_ring(tmp_path, create=True)


@pytest.fixture
async def revocations(database: Database) -> AsyncIterator[Revocations]:
    for n in (1, 2):
        credential = Credential(f"partner-{n}", PROGRAM, Audience.PARTNER, str(UUID(int=2)), "hash", frozenset({"earn"}))
        await insert_credential(database.pool, credential, NOW)
    revocations = Revocations(database)
    yield revocations
    await revocations.close()


def token(ring: KeyRing, n: int = 1) -> str:
    return issue_token(ring, issuer=ISSUER, caller=caller(n), now=NOW, lifetime=LIFE)


async def test_a_revoked_credentials_token_ends_at_once_and_its_sisters_lives_on(
    ring: KeyRing, revocations: Revocations, database: Database
) -> None:
    door = TokenDoor(ring, ISSUER, revocations)
    revoked, living = token(ring, 1), token(ring, 2)
    assert await door.verify(revoked, Audience.PARTNER, NOW) == caller(1)

    await revoke_credential(database.pool, PROGRAM, "partner-1", NOW)
    await revocations.refresh()

    assert await door.verify(revoked, Audience.PARTNER, NOW) == TokenRefused(Refusal.REVOKED)
    assert await door.verify(living, Audience.PARTNER, NOW) == caller(2)


async def test_another_process_hears_of_a_revocation_within_a_second(ring: KeyRing, revocations: Revocations, database: Database) -> None:
    await revocations.start()
    door = TokenDoor(ring, ISSUER, revocations)
    mine = token(ring)
    assert await door.verify(mine, Audience.PARTNER, NOW) == caller()

    await revoke_credential(database.pool, PROGRAM, "partner-1", NOW)

    async with asyncio.timeout(10 * REVOCATION_SECONDS):
        while isinstance(await door.verify(mine, Audience.PARTNER, NOW), Caller):  # noqa: ASYNC110 - what is waited for is a poll
            await asyncio.sleep(0.02)


async def test_a_database_that_is_down_stops_no_start(database: Database) -> None:
    await database.close()
    revocations = Revocations(database)

    await revocations.start()

    assert not revocations.is_revoked("partner-1")
    await revocations.close()


async def test_another_program_cannot_revoke(revocations: Revocations, database: Database) -> None:
    await revoke_credential(database.pool, UUID(int=9), "partner-1", NOW)
    await revocations.refresh()

    assert not revocations.is_revoked("partner-1")


async def test_a_kept_token_still_ends_and_still_serves_one_api(ring: KeyRing, revocations: Revocations) -> None:
    door = TokenDoor(ring, ISSUER, revocations)
    mine = token(ring)
    assert await door.verify(mine, Audience.PARTNER, NOW) == caller()

    assert await door.verify(mine, Audience.PARTNER, NOW + LIFE + LEEWAY) == TokenRefused(Refusal.EXPIRED)
    assert await door.verify(mine, Audience.OPERATOR, NOW) == TokenRefused(Refusal.AUDIENCE)
    assert await door.verify(mine + "x", Audience.PARTNER, NOW) != caller()
    assert await door.verify("\ud800", Audience.PARTNER, NOW) == TokenRefused(Refusal.MALFORMED)


async def test_what_the_door_keeps_is_bounded(ring: KeyRing, revocations: Revocations) -> None:
    door = TokenDoor(ring, ISSUER, revocations, capacity=3)

    for _ in range(10):
        assert await door.verify(token(ring), Audience.PARTNER, NOW) == caller()
        await door.verify("no token", Audience.PARTNER, NOW)

    assert len(door._verified) == 3


async def test_an_answer_that_comes_late_does_not_take_a_revocation_back(ring: KeyRing, database: Database) -> None:
    class SlowOnce:
        """A pool whose first answer waits on the way, as over a network."""

        def __init__(self) -> None:
            self.asked, self.answered = asyncio.Event(), asyncio.Event()

        async def fetch(self, statement: str) -> list[Any]:
            found: list[Any] = await database.pool.fetch(statement)
            if not self.asked.is_set():
                self.asked.set()
                await asyncio.wait([asyncio.ensure_future(self.answered.wait())], timeout=0.5)
            return found

    pool = SlowOnce()
    await insert_credential(database.pool, Credential("partner-1", PROGRAM, Audience.PARTNER, "p", "hash", frozenset({"earn"})), NOW)
    revocations = Revocations(SimpleNamespace(pool=pool))  # type: ignore[arg-type]
    late = asyncio.create_task(revocations.refresh())
    await pool.asked.wait()

    await revoke_credential(database.pool, PROGRAM, "partner-1", NOW)
    asyncio.get_running_loop().call_later(0.3, pool.answered.set)
    await revocations.refresh()
    await late

    assert revocations.is_revoked("partner-1")


async def test_what_ended_long_ago_is_asked_for_no_more(revocations: Revocations, database: Database) -> None:
    await revoke_credential(database.pool, PROGRAM, "partner-1", NOW)
    await end_credential(database.pool, PROGRAM, "partner-2", NOW, NOW + timedelta(hours=1))
    before = await revoked_credentials(database.pool)
    await database.pool.execute("UPDATE credential SET announced_at = announced_at - interval '1 hour'")

    assert (before, await revoked_credentials(database.pool)) == ({"partner-1"}, {"partner-2"})


async def test_a_rotation_without_overlap_ends_tokens_whatever_our_clock_says(revocations: Revocations, database: Database) -> None:
    ahead = datetime.now(UTC) + timedelta(minutes=5)

    await end_credential(database.pool, PROGRAM, "partner-1", ahead, ahead)
    await revocations.refresh()

    assert revocations.is_revoked("partner-1") and not revocations.is_revoked("partner-2")
