"""The fixtures of the page: a server to do things with, and a command line on the same database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from builders.platform import Platform, running_platform
from honeyguide.database import Database


@pytest_asyncio.fixture
async def platform(database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Platform]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HONEYGUIDE_DATA_DIR", str(tmp_path))
    async with running_platform(database, database_url, tmp_path) as platform:
        yield platform
