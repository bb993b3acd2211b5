"""Tracing into memory, by OpenTelemetry's own SDK."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from builders.traced import Kept, kept_spans


@pytest.fixture
def traced() -> Iterator[Kept]:
    with kept_spans() as kept:
        yield kept
