"""What a partner posted, for that partner alone (R39): by reference, and in pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.ledger.accounts import NOBODY
from honeyguide.ledger.books import read_transaction, recorded_of
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.transactions.anonymous_purchase import claim_of, claimed_purchase
from honeyguide.transactions.redeem import REFERENCE_KIND

_SQL = statements(__package__, "partner_posts.sql")

_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class PostFilter:
    """What occurred from `since` and before `until`, at one location, in one state (POSTED, PARTLY_REVERSED, REVERSED); None = all."""

    since: datetime | None = None
    until: datetime | None = None
    location: str | None = None
    state: str | None = None


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
    statement = _SQL["partner_posts"]
    if from_end:
        statement = statement.replace("\nORDER BY transaction_id DESC", "\nORDER BY transaction_id ASC")
    wanted = (posts.since, posts.until, posts.location, posts.state)
    anonymous = claim_of(NOBODY).scope
    rows = await executor.fetch(statement, program_id, partner_id, after or _LAST, before or _FIRST, limit, *wanted, anonymous)
    return [recorded_of(row) for row in rows]


async def post_by_reference(
    executor: Executor, program_id: UUID, partner_id: UUID, kind: str, reference: str, business_date: date | None, location: str | None
) -> Recorded | None:
    """The post of that reference; where day or location are left open, the newest that fits.

    A redemption in two steps claims its reference as it is authorised: it is there once it is captured. A purchase that named nobody
    is that of the member who claimed it.
    """
    day = business_date.isoformat() if business_date else None
    # An authorisation and a redemption share one kind of reference, so that a reference serves one of them (R2).
    claimed_kind = REFERENCE_KIND if kind == TransactionKind.AUTHORIZATION else kind
    scope = f"reference:{partner_id}:{claimed_kind}:"
    claimed = await executor.fetchrow(_SQL["claimed_references"], program_id, reference, scope, day, location)
    if claimed is None:
        return None
    found = await read_transaction(executor, program_id, claimed["member_id"], claimed["transaction_id"])
    if found is not None and found.member_id == NOBODY:
        found = await claimed_purchase(executor, program_id, found.transaction_id) or found
    if found is None or found.kind == kind:
        return found
    return await _capture_of(executor, found) if found.kind is TransactionKind.AUTHORIZATION and kind == REFERENCE_KIND else None


async def _capture_of(executor: Executor, authorization: Recorded) -> Recorded | None:
    row = await executor.fetchrow(_SQL["capture_of"], authorization.program_id, authorization.member_id, authorization.transaction_id)
    return None if row is None else recorded_of(row)
