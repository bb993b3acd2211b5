"""Gives a process the addresses of its database, started and migrated where it is the embedded one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from honeyguide.database.embedded import EmbeddedServer
from honeyguide.database.migrate import migrate
from honeyguide.settings import Settings


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the application connects, and where its owner does; both may carry a password: never log them."""

    application: str
    owner: str


@asynccontextmanager
async def running_database(settings: Settings) -> AsyncIterator[Addresses]:
    """DATABASE_URL as it is, up or down; else the embedded server, held while the block runs and brought up to date first.

    A database of one's own is migrated by `honeyguide migrate` alone: which release changes it when is the company's decision.
    """
    if (given := _given(settings)) is not None:
        yield given
        return
    server = await asyncio.to_thread(EmbeddedServer.open, settings.data_dir)
    try:
        addresses = Addresses(server.url(), server.owner_url)
        await migrate(addresses.owner)
        yield addresses
    finally:
        await asyncio.to_thread(server.close)


@contextmanager
def database_as_it_is(settings: Settings) -> Iterator[Addresses]:
    """The same for a command that migrates by itself or must not: whatever structure the database has, or none."""
    if (given := _given(settings)) is not None:
        yield given
        return
    with EmbeddedServer.open(settings.data_dir) as server:
        yield Addresses(server.url(), server.owner_url)


def _given(settings: Settings) -> Addresses | None:
    """The settings' own addresses; None where the embedded server is to run."""
    if settings.database_url is None:
        return None
    url = settings.database_url.get_secret_value()
    return Addresses(url, settings.database_owner_url.get_secret_value() if settings.database_owner_url else url)
