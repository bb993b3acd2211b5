"""Fixtures: pages of a server at which members sign in, with a strict mail host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from builders.signing_in import SigningIn, signing_in
from honeyguide.database import Database


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose keys and certificates are made once."""
    return tmp_path_factory.mktemp("home")


@pytest_asyncio.fixture
async def door(database: Database, database_url: str, home: Path) -> AsyncIterator[SigningIn]:
    async with signing_in(database, database_url, home) as door:
        yield door
