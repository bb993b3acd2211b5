"""Gives a process the addresses of its database, started and migrated where it is the embedded one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        yield Addresses(url, settings.database_owner_url.get_secret_value() if settings.database_owner_url else url)
        return
    server = await asyncio.to_thread(EmbeddedServer.open, settings.data_dir)
    try:
        addresses = Addresses(server.url(), server.owner_url)
        await migrate(addresses.owner)
        yield addresses
    finally:
        await asyncio.to_thread(server.close)
