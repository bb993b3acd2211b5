"""Fixtures: a server on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from builders.event_source import Place, on_a_socket
from builders.platform import Platform, running_platform
from honeyguide.database import Database


@pytest_asyncio.fixture
async def other(database: Database, database_url: str, home: Path, platform: Platform) -> AsyncIterator[Platform]:
    """A second server process' worth on the same database; what it shares with the first is PostgreSQL alone."""
    async with running_platform(database, database_url, home, clock=platform.clock) as other:
        yield other


@pytest_asyncio.fixture
async def place(platform: Platform) -> AsyncIterator[Place]:
    """The first server on a socket."""
    async with on_a_socket(platform) as place:
        yield place


@pytest_asyncio.fixture
async def elsewhere(other: Platform) -> AsyncIterator[Place]:
    """The second server on a socket."""
    async with on_a_socket(other) as elsewhere:
        yield elsewhere
