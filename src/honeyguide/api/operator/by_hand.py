"""What an operator does by hand goes this way: limits, a second person, one's own account; and what was not done, in the schema's words."""

from __future__ import annotations

from honeyguide.api import refusal
from honeyguide.api.context import RequestContext
from honeyguide.api.types.approval import Approval, AwaitsApproval
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.refusals import InsufficientBalance, LimitExceeded, TransactionRejected
from honeyguide.identity.second_approver.approval import Waits
from honeyguide.identity.second_approver.carry_out import Answer, Hands
from honeyguide.retention.forgetting import everything
from honeyguide.till.outcomes import KeyConflict
from honeyguide.transactions import outcomes

NotDone = AwaitsApproval | LimitExceeded | MemberNotFound | InsufficientBalance | IdempotencyConflict | TransactionRejected


def hands_of(context: RequestContext) -> Hands:
    services = context.services
    return Hands(context.call, services.programs, tuple(everything(services.erased_sign_ins)), context.request_id)


def not_done(context: RequestContext, answer: Answer) -> NotDone:
    """Every answer but that it happened."""
    match answer:
        case Waits(approval=approval, replayed=replayed):
            return AwaitsApproval(approval=Approval.of(approval, context.now), replayed=replayed)
        case outcomes.LimitExceeded():
            return refusal.limit_exceeded(context, answer)
        case outcomes.MemberNotFound(path=path):
            return refusal.member_not_found(context, path)
        case outcomes.InsufficientBalance():
            return refusal.insufficient_balance(context, answer)
        case outcomes.IdempotencyConflict() | KeyConflict():
            return refusal.idempotency_conflict(context)
        case outcomes.Rejected():
            return refusal.rejected(context, answer)
    raise AssertionError(f"an act by hand was answered {type(answer).__name__}")
