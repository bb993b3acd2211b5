"""Whether the year was posted by an earlier start: the books know, no file needs to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.replay.journey import Basket, Journey

_SQL = statements(__package__, "demo.sql")


async def is_posted(executor: Executor, program_id: UUID, journey: Journey, baskets: Sequence[Basket]) -> bool:
    """Every (basket, partner) pair is in the books."""
    references = [str(basket.basket_id) for basket in baskets]
    found = await executor.fetchval(_SQL["posted_references"], program_id, references)
    return int(found) == journey.count_posts(baskets)
