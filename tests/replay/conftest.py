"""The journey, read once for the tests of this folder."""

from __future__ import annotations

import pytest

from honeyguide.replay.journey import Journey, load_journey


@pytest.fixture(scope="session")
def journey() -> Journey:
    return load_journey()
