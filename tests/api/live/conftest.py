"""Fixtures: a server on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from builders.platform import Platform, running_platform
from honeyguide.database import Database


@pytest_asyncio.fixture
async def other(database: Database, database_url: str, home: Path, platform: Platform) -> AsyncIterator[Platform]:
    """A second server process' worth on the same database; what it shares with the first is PostgreSQL alone."""
    async with running_platform(database, database_url, home, clock=platform.clock) as other:
        yield other
