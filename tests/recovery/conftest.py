"""Fixtures: a server on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from builders.platform import Platform, running_platform
from honeyguide.database import Database


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose keys and certificates are made once."""
    return tmp_path_factory.mktemp("home")


@pytest_asyncio.fixture
async def platform(database: Database, database_url: str, home: Path) -> AsyncIterator[Platform]:
    async with running_platform(database, database_url, home) as platform:
        yield platform
