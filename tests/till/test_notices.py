"""The till's notice: everybody who was posted is named, the last of a crowd too, and what comes meanwhile waits for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from builders.cutting_proxy import CuttingProxy
from builders.intents import Accrue, key
from honeyguide.till.outcomes import Outcome, Posted
from honeyguide.till.posted import MOST_NAMES, POSTED, name_of, names_of, notice
from honeyguide.till.till import Till


async def test_what_comes_while_listeners_are_told_is_taken_at_once(database_url: str, open_books: Callable[[], Awaitable[UUID]]) -> None:
    member, meanwhile = await open_books(), list[asyncio.Task[Outcome]]()

    def come(_: int, data: bytes, forwarded: bool) -> bool:
        if b"NOTIFY" in data and not forwarded and len(meanwhile) < 5:
            meanwhile.append(asyncio.ensure_future(till.submit(Accrue(member, 1, key()))))
        return False

    async with CuttingProxy(database_url, come) as proxy, asyncio.timeout(10):
        till = Till(proxy.url, lambda: datetime.now(UTC), lanes=1)
        await till.submit(Accrue(member, 1, key()))
        while len(meanwhile) < 5:  # noqa: ASYNC110 - the proxy sets no event
            await asyncio.sleep(0.01)
        answers = await asyncio.gather(*meanwhile)
        await till.stop()

    assert all(isinstance(answer, Posted) for answer in answers)


async def test_all_members_of_a_crowd_are_named(database_url: str, open_books: Callable[[], Awaitable[UUID]]) -> None:
    members = [await open_books() for _ in range(8)]
    heard: list[str] = []
    listener = await asyncpg.connect(database_url)
    await listener.add_listener(POSTED, lambda *notice: heard.extend(names_of(notice[-1])))
    till = Till(database_url, lambda: datetime.now(UTC), lanes=1)

    async with asyncio.timeout(10):
        answers = []
        for turn in range(4):
            answers += await asyncio.gather(*(till.submit(Accrue(member, 1, key())) for member in members[turn::4]))
        while set(heard) != {name_of(member) for member in members}:  # noqa: ASYNC110 - listeners neither
            await asyncio.sleep(0.01)
    await till.stop()
    await listener.close()

    assert all(isinstance(answer, Posted) for answer in answers)


def test_a_notice_fits_and_names_nobody_where_there_are_too_many() -> None:
    members = [UUID(int=number) for number in range(MOST_NAMES + 1)]

    assert len(notice(members[:-1])) < 8_000
    assert (notice(members), names_of("")) == (f"NOTIFY {POSTED}", [])
    assert names_of(notice(members[:3]).split("'")[1]) == sorted(map(name_of, members[:3]))
