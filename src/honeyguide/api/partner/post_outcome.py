"""What a post became: the union of postTransaction, and of each item of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info, RequestContext
from honeyguide.api.partner.desk import count_miss
from honeyguide.api.partner.partner_member import PartnerMember, partner_member
from honeyguide.api.posts import as_posted, posts_shown
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.partner import Partner
from honeyguide.api.types.refusals import DuplicateReference, LimitExceeded, ProofRequired, TransactionRejected
from honeyguide.api.types.transaction import Transaction
from honeyguide.ledger.recorded import Recorded
from honeyguide.members.store import members_by_id
from honeyguide.till.outcomes import Posted
from honeyguide.transactions import outcomes
from honeyguide.transactions.burn_limits import Redeemable


@strawberry.type(description="The purchase is in the books.")
class TransactionPosted:
    recorded: strawberry.Private[Recorded]
    transaction: Transaction = strawberry.field(description="What was posted, with what it earned and why.")
    claim_url: str | None = strawberry.field(
        description="With an anonymous purchase: the link by which the receipt is claimed. Null where a member was named."
    )
    replayed: bool = strawberry.field(description="Whether this key had posted it before; then this is the first answer again.")

    @strawberry.field(description="The member after it, as far as a till may see.")
    async def member(self, info: Info) -> PartnerMember | None:
        context, member_id = info.context, self.recorded.member_id
        profile = (await members_by_id(context.services.database.pool, context.caller.program_id, [member_id])).get(member_id)
        if profile is None:
            return None
        after = self.recorded.detail["after"]
        balances = {unit: Redeemable(one["available"], one["redeemable"]) for unit, one in after["accounts"].items()}
        return partner_member(context, member_id, profile.display_name, after["tier"], balances)


@strawberry.type(description="Kept for an operator to decide, not lost; the reference answers so again.")
class TransactionParked:
    reference: str = strawberry.field(description="The reference that was sent.")
    reason: str = strawberry.field(description="Why it was not posted by itself.")
    replayed: bool = strawberry.field(description="Whether it was parked before.")


PostTransactionResult = Annotated[
    TransactionPosted
    | TransactionParked
    | MemberNotFound
    | DuplicateReference
    | IdempotencyConflict
    | ProofRequired
    | LimitExceeded
    | TransactionRejected,
    strawberry.union("PostTransactionResult", description="What became of a post."),
]


async def post_result(context: RequestContext, partner: Partner, outcome: outcomes.PostOutcome) -> PostTransactionResult:
    match outcome:
        case Posted(recorded=recorded, replayed=replayed):
            posted = as_posted(context, partner, recorded)
            return TransactionPosted(recorded=recorded, transaction=posted, claim_url=None, replayed=replayed)
        case outcomes.AnonymousPosted(recorded=recorded, claim_token=token, replayed=replayed):
            posted = as_posted(context, partner, recorded)
            return TransactionPosted(recorded=recorded, transaction=posted, claim_url=claim_url(context, token), replayed=replayed)
        case outcomes.Parked(reference=reference, reason=reason, replayed=replayed):
            return TransactionParked(reference=reference, reason=reason, replayed=replayed)
        case outcomes.MemberNotFound(path=path):
            count_miss(context)
            return refusal.member_not_found(context, path)
        case outcomes.DuplicateReference(recorded=recorded, path=path):
            return await duplicate_reference(context, recorded, path)
        case outcomes.IdempotencyConflict():
            return refusal.idempotency_conflict(context)
        case outcomes.ProofRequired():
            return refusal.proof_required(context, outcome)
        case outcomes.Rejected():
            return refusal.rejected(context, outcome)


async def duplicate_reference(context: RequestContext, recorded: Recorded, path: Sequence[str]) -> DuplicateReference:
    """The refusal carries the original as it is now, reversed or not."""
    return refusal.duplicate_reference(context, (await posts_shown(context, [recorded]))[0], path)


def claim_url(context: RequestContext, token: str) -> str:
    """The link of a receipt that nobody has claimed yet (R54)."""
    return f"{context.services.settings.url}/claim/{token}"
