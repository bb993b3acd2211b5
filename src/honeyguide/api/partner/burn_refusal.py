"""Why a redemption or an authorisation was refused: they are refused for the same reasons."""

from __future__ import annotations

from honeyguide.api import refusal
from honeyguide.api.context import RequestContext
from honeyguide.api.partner.desk import count_miss
from honeyguide.api.partner.post_outcome import duplicate_reference
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.refusals import DuplicateReference, InsufficientBalance, LimitExceeded, ProofRequired, TransactionRejected
from honeyguide.transactions import outcomes

BurnRefusal = (
    MemberNotFound | InsufficientBalance | DuplicateReference | IdempotencyConflict | ProofRequired | LimitExceeded | TransactionRejected
)


async def burn_refusal(context: RequestContext, outcome: outcomes.BurnRefused) -> BurnRefusal:
    match outcome:
        case outcomes.MemberNotFound(path=path):
            count_miss(context)
            return refusal.member_not_found(context, path)
        case outcomes.InsufficientBalance():
            return refusal.insufficient_balance(context, outcome)
        case outcomes.DuplicateReference(recorded=recorded, path=path):
            return await duplicate_reference(context, recorded, path)
        case outcomes.IdempotencyConflict():
            return refusal.idempotency_conflict(context)
        case outcomes.ProofRequired():
            return refusal.proof_required(context, outcome)
        case outcomes.LimitExceeded():
            return refusal.limit_exceeded(context, outcome)
        case outcomes.Rejected():
            return refusal.rejected(context, outcome)
