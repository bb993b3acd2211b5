"""What a partner posted, for that partner alone (R39): by reference, and in pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.ledger.books import read_transaction, recorded_of
from honeyguide.ledger.recorded import Recorded

_SQL = statements(__package__, "partner_posts.sql")

_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class PostFilter:
    """What occurred from `since` and before `until`, at one location; None = all."""

    since: datetime | None = None
    until: datetime | None = None
    location: str | None = None


async def partner_posts(
    executor: Executor,
    program_id: UUID,
    partner_id: UUID,
    posts: PostFilter,
    *,
    limit: int,
    after: UUID | None = None,
    before: UUID | None = None,
    from_end: bool = False,
) -> list[Recorded]:
    """At most `limit` posts next after `after`, newest first, or with `from_end` those next before `before`, oldest first; without their lines."""
    statement = _SQL["partner_posts"].replace(" DESC", " ASC") if from_end else _SQL["partner_posts"]
    rows = await executor.fetch(
        statement, program_id, partner_id, after or _LAST, before or _FIRST, limit, posts.since, posts.until, posts.location
    )
    return [recorded_of(row) for row in rows]


async def post_by_reference(
    executor: Executor, program_id: UUID, partner_id: UUID, kind: str, reference: str, business_date: date | None, location: str | None
) -> Recorded | None:
    """The post of that reference; where day or location are left open, the newest that fits."""
    day = business_date.isoformat() if business_date else None
    claimed = await executor.fetchrow(_SQL["claimed_references"], program_id, reference, f"reference:{partner_id}:{kind}:", day, location)
    if claimed is None:
        return None
    return await read_transaction(executor, program_id, claimed["member_id"], claimed["transaction_id"])
