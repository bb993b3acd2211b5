"""Fields that answer plain lists: each declares how many there are at most, which its description says, its cost is made of, and the schema keeps to."""

from __future__ import annotations

from typing import Any

import strawberry

AT_MOST = "at_most"  # names in a field's metadata
SIZED_BY = "sized_by"
BATCH = "batch"

# What many lists share.
MOST_UNITS = 20
MOST_REASONS = 30


def list_field(description: str, at_most: int, *, resolver: Any = None) -> Any:
    """What would be more is cut off (api/cost/lists.py); also a decorator, as strawberry.field is."""
    return strawberry.field(resolver=resolver, description=counted(description, at_most), metadata={AT_MOST: at_most})


def batch_results(description: str, at_most: int) -> Any:
    """The list that has one item for each item of its mutation's input."""
    return strawberry.field(description=counted(description, at_most), metadata={AT_MOST: at_most, SIZED_BY: BATCH})


def counted(description: str, at_most: int | None) -> str:
    return description if at_most is None else f"{description} At most {at_most:,}.".strip()
