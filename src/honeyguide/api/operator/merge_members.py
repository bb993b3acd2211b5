"""The operator merges two members who are one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_note
from honeyguide.api.operator.by_hand import hands_of, not_done
from honeyguide.api.operator.shown import member_shown
from honeyguide.api.posts import as_posted
from honeyguide.api.types.approval import AwaitsApproval
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.lookup import MemberLookup, read_lookup
from honeyguide.api.types.member_record import MemberRecord
from honeyguide.api.types.refusals import LimitExceeded, TransactionRejected
from honeyguide.api.types.transaction import Transaction
from honeyguide.identity.second_approver.by_hand import by_hand
from honeyguide.members.merge_members import MergeRequest
from honeyguide.till.outcomes import Posted


def _request(value: Mapping[str, Any]) -> MergeRequest:
    return MergeRequest(
        idempotency_key=checked_key(value["idempotencyKey"]),
        source=read_lookup(value["source"]),
        target=read_lookup(value["target"]),
        keep_higher_tier=value["keepHigherTier"],
        note=checked_note(value["note"]),
    )


@converted(_request)
@strawberry.input(description="Who takes whom over.")
class MergeMembersInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    source: MemberLookup = strawberry.field(description="Who hands everything over; what names this member names the other from then on.")
    target: MemberLookup = strawberry.field(description="Who takes everything over.")
    keep_higher_tier: bool = strawberry.field(default=True, description="Whether the target holds the higher tier of the two.")
    note: str = strawberry.field(description="Why, in words, for the records.")


@strawberry.type(
    description="The two are one member. What came along counts in the target's own tier year, whose day stays; progress.periodEnds tells it."
)
class MembersMerged:
    transaction: Transaction = strawberry.field(description="The merge in the books of the source; its id is what unmergeMembers takes.")
    member: MemberRecord = strawberry.field(description="The target as it is now.")
    replayed: bool = strawberry.field(description="Whether this key had merged them before; then this is the first answer again.")


MergeMembersResult = Annotated[
    MembersMerged | AwaitsApproval | LimitExceeded | MemberNotFound | IdempotencyConflict | TransactionRejected,
    strawberry.union("MergeMembersResult", description="What became of a merge."),
]
Input = Annotated[MergeMembersInput, strawberry.argument(description="The merge.")]


async def merge_members(info: Info, input: Input) -> MergeMembersResult:
    context = info.context
    outcome = await by_hand(hands_of(context), cast(MergeRequest, input))
    if not isinstance(outcome, Posted):
        return cast(MergeMembersResult, not_done(context, outcome))
    return MembersMerged(
        transaction=as_posted(context, None, outcome.recorded),
        member=await member_shown(info, "MembersMerged", "member", outcome.recorded.detail["to"]),
        replayed=outcome.replayed,
    )
