"""Fixtures: a server on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from builders.platform import Platform, running_platform
from honeyguide.database import Database


@pytest_asyncio.fixture
async def platform(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Platform]:
    async with running_platform(database, database_url, tmp_path) as platform:
        yield platform
