"""Fixtures of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.browsing import browsing  # noqa: F401
from builders.npm import npm  # noqa: F401


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose keys and certificates are made once."""
    return tmp_path_factory.mktemp("home")
