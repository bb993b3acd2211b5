"""The answers that the mutations of a household share."""

from __future__ import annotations

from uuid import UUID

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import RequestContext
from honeyguide.api.types.errors import IdempotencyConflict, UserError
from honeyguide.api.types.household import Household, household_of
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.words.messages import message
from honeyguide.members.invitation import invitation_key
from honeyguide.sealed import SealKey
from honeyguide.till.outcomes import Outcome, Posted, Refused


@strawberry.type(description="A household as it is now; null where the caller belongs to none any more.")
class HouseholdChanged:
    household: Household | None = strawberry.field(description="The caller's household.")
    replayed: bool = strawberry.field(description="Whether this key had done it before; then this is the first answer again.")


@strawberry.type(description="Why nothing changed; retryAfter (seconds) with RETRY_LATER.")
class HouseholdRejected(UserError):
    retry_after: int | None = strawberry.field(description="With RETRY_LATER: after how many seconds to try again.")


def key_of(context: RequestContext) -> SealKey:
    """The key that seals invitations."""
    return invitation_key(context.services.settings.secrets)


def member_named(text: str) -> UUID | None:
    named = NodeId.read(text)
    return named.key if named is not None and named.kind is NodeKind.MEMBER else None


async def answered(context: RequestContext, outcome: Outcome) -> HouseholdChanged | HouseholdRejected | IdempotencyConflict:
    if isinstance(outcome, Posted):
        return await changed(context, replayed=outcome.replayed)
    said = refusal.unposted(context, outcome)
    if isinstance(said, IdempotencyConflict):
        return said
    return _rejected(context, said, getattr(said, "retry_after", None))


async def changed(context: RequestContext, *, replayed: bool) -> HouseholdChanged:
    return HouseholdChanged(household=await household_of(context, context.caller.member_id), replayed=replayed)


def rejected(context: RequestContext, refused: Refused) -> HouseholdRejected:
    return _rejected(context, refusal.unposted(context, refused), None)


def _rejected(context: RequestContext, said: UserError, retry_after: int | None) -> HouseholdRejected:
    """What no input field is to blame for is the household's."""
    told = said.message if said.path else message(said.code, context.language, ("household",))
    return HouseholdRejected(code=said.code, message=told, path=said.path, retry_after=retry_after)
