"""The operator takes a merge back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key, checked_note
from honeyguide.api.operator.shown import member_shown
from honeyguide.api.posts import as_posted
from honeyguide.api.types.converted import converted
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.member_record import MemberRecord
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.refusals import TransactionRejected
from honeyguide.api.types.transaction import Transaction
from honeyguide.members.unmerge_members import UnmergeRequest
from honeyguide.members.unmerge_members import unmerge_members as use_case
from honeyguide.till.outcomes import Posted


def _request(value: Mapping[str, Any]) -> UnmergeRequest:
    named = NodeId.read(value["merge"])
    is_merge = named is not None and named.kind is NodeKind.TRANSACTION
    return UnmergeRequest(
        idempotency_key=checked_key(value["idempotencyKey"]),
        source_id=named.member_id if named and is_merge else None,
        merge_id=named.key if named and is_merge else None,
        note=checked_note(value["note"]),
    )


@converted(_request)
@strawberry.input(description="Which merge is taken back.")
class UnmergeMembersInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    merge: strawberry.ID = strawberry.field(description="The id of the merge's transaction, as mergeMembers answered.")
    note: str = strawberry.field(description="Why, in words, for the records.")


@strawberry.type(description="They are two members again: each with the own tier, and what is left of the own lots.")
class MembersUnmerged:
    transaction: Transaction = strawberry.field(description="The handing back in the books of the target.")
    source: MemberRecord = strawberry.field(description="Who had been taken over.")
    target: MemberRecord = strawberry.field(description="Who had taken the other over.")
    replayed: bool = strawberry.field(description="Whether this key had unmerged them before; then this is the first answer again.")


UnmergeMembersResult = Annotated[
    MembersUnmerged | MemberNotFound | IdempotencyConflict | TransactionRejected,
    strawberry.union("UnmergeMembersResult", description="What became of an unmerge."),
]
Input = Annotated[UnmergeMembersInput, strawberry.argument(description="The merge.")]


async def unmerge_members(info: Info, input: Input) -> UnmergeMembersResult:
    context = info.context
    outcome = await use_case(context.call, cast(UnmergeRequest, input))
    if not isinstance(outcome, Posted):
        return refusal.unposted(context, outcome)
    recorded = outcome.recorded
    return MembersUnmerged(
        transaction=as_posted(context, None, recorded),
        source=await member_shown(info, "MembersUnmerged", "source", recorded.detail["to"]),
        target=await member_shown(info, "MembersUnmerged", "target", recorded.member_id),
        replayed=outcome.replayed,
    )
