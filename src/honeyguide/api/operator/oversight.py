"""What the operator watches: partners, passes on their way, the books' soundness."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.operator.google_wallet import GoogleDelivery, google_delivery
from honeyguide.api.types.lists import list_field
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.partner import Partner
from honeyguide.ledger.books import broken_rows, count_transactions
from honeyguide.wallet.phones.lags import Lags
from honeyguide.wallet.publishing import pass_delivery as wallet


@strawberry.type(description="How long phones waited, counted by steps: right to a step.")
class PhoneWaits:
    count: int = strawberry.field(description="How many waits.")
    p50_milliseconds: int | None = strawberry.field(description="Half waited no longer; null of nothing.", name="p50Milliseconds")
    p99_milliseconds: int | None = strawberry.field(description="99 of 100 waited no longer; null of nothing.", name="p99Milliseconds")

    @classmethod
    def of(cls, lags: Lags) -> PhoneWaits:
        return cls(count=lags.count, p50_milliseconds=lags.p50_ms, p99_milliseconds=lags.p99_ms)


@strawberry.type(description="How passes reach phones now.")
class PassDelivery:
    stale: int = strawberry.field(description="Passes that show an older state than the books hold.")
    oldest_stale_since: datetime | None = strawberry.field(description="Since when the oldest of them does; null where none is stale.")
    pushed_last_hour: int = strawberry.field(description="Phones told within the last hour.")
    failed_last_hour: int = strawberry.field(description="Attempts that failed within the last hour.")
    commit_to_push: PhoneWaits = strawberry.field(
        description="From the commit of a change until APNs took the push, in this hour and the one before."
    )
    commit_to_fetch: PhoneWaits = strawberry.field(
        description="From the commit of a change until an iPhone fetched it, in this hour and the one before; phones that were off are in it."
    )
    google_queue_seconds: int = strawberry.field(description="How long Google's queue takes at its permitted speed.")

    @strawberry.field(description="Cards at Google Wallet.")
    async def google(self, info: Info) -> GoogleDelivery:
        return await google_delivery(info.context)


@strawberry.type(description="Something in the books that does not agree with the rest.")
class BrokenRow:
    rule: str = strawberry.field(description="Which rule it breaks.")
    member: strawberry.ID | None = strawberry.field(description="Whose books; null where they are nobody's.")
    detail: str = strawberry.field(description="What was found.")


@strawberry.type(description="No broken rows: the books are sound.")
class Conservation:
    checked_at: datetime = strawberry.field(description="When it was checked: now.")
    transactions: str = strawberry.field(description="How many transactions the books hold, as a whole number.")
    broken_rows: list[BrokenRow] = list_field("What is broken.", 1_000)


async def partners(info: Info) -> list[Partner]:
    return [Partner.of(registered) for registered in await info.context.services.partners.all(info.context.caller.program_id)]


async def pass_delivery(info: Info) -> PassDelivery:
    context = info.context
    found = await wallet.pass_delivery(context.services.database.pool, context.services.settings, context.caller.program_id, context.now)
    return PassDelivery(
        stale=found.stale,
        oldest_stale_since=found.oldest_stale_since,
        pushed_last_hour=found.pushed_last_hour,
        failed_last_hour=found.failed_last_hour,
        commit_to_push=PhoneWaits.of(found.commit_to_push),
        commit_to_fetch=PhoneWaits.of(found.commit_to_fetch),
        google_queue_seconds=found.google_queue_seconds,
    )


async def conservation(info: Info) -> Conservation:
    context = info.context
    pool, program_id = context.services.database.pool, context.caller.program_id
    rows = [BrokenRow(rule=row.rule, member=_member(row.member_id), detail=str(row.detail)) for row in await broken_rows(pool, program_id)]
    return Conservation(checked_at=context.now, transactions=str(await count_transactions(pool, program_id)), broken_rows=rows)


def _member(member_id: UUID | None) -> strawberry.ID | None:
    return strawberry.ID(str(NodeId(NodeKind.MEMBER, member_id))) if member_id and member_id.int else None
