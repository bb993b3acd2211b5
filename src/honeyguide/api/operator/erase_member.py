"""The operator forgets a person, and shows the certificates."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

import strawberry

from honeyguide.api import refusal
from honeyguide.api.context import Info
from honeyguide.api.keys import KEY_IN_WORDS, checked_key
from honeyguide.api.operator.by_hand import hands_of, not_done
from honeyguide.api.types.approval import AwaitsApproval
from honeyguide.api.types.erasure import ErasureCertificate, ErasureConnection, ErasureEdge
from honeyguide.api.types.errors import IdempotencyConflict, MemberNotFound
from honeyguide.api.types.node import NodeId, NodeKind
from honeyguide.api.types.page import After, Before, First, Last, cursor_of, given, moment, page_info, page_of
from honeyguide.api.types.refusals import LimitExceeded, TransactionRejected
from honeyguide.identity.second_approver.by_hand import by_hand
from honeyguide.members import endings
from honeyguide.members import erase_member as use_case
from honeyguide.till.outcomes import Posted

_KEY = (moment, UUID)


@strawberry.input(description="A person to forget: the account is closed first, then nothing personal stays; nobody can take that back.")
class EraseMemberInput:
    idempotency_key: str = strawberry.field(description=KEY_IN_WORDS)
    member: strawberry.ID = strawberry.field(description="The member's id, for a closed one has no lookup any more.")
    reason: use_case.ErasureReason = strawberry.field(description="Why.")


@strawberry.type(description="Nothing personal is left.")
class MemberErased:
    certificate: ErasureCertificate = strawberry.field(description="What was removed, and that the books hold what they held.")
    replayed: bool = strawberry.field(description="Whether this key had erased before; then this is the first answer again.")


EraseMemberResult = Annotated[
    MemberErased | AwaitsApproval | LimitExceeded | MemberNotFound | IdempotencyConflict | TransactionRejected,
    strawberry.union("EraseMemberResult", description="What became of eraseMember."),
]
Input = Annotated[EraseMemberInput, strawberry.argument(description="The person.")]


async def erase_member(info: Info, input: Input) -> EraseMemberResult:
    context = info.context
    key, named = checked_key(input.idempotency_key), NodeId.read(input.member)
    if named is None or named.kind is not NodeKind.MEMBER:
        return refusal.member_not_found(context)
    answer = await by_hand(hands_of(context), use_case.EraseMember(key, named.key, input.reason))
    if not isinstance(answer, Posted):
        return cast(EraseMemberResult, not_done(context, answer))
    recorded, pool = answer.recorded, context.services.database.pool
    erasure = await endings.read_erasure(pool, context.caller.program_id, recorded.member_id, recorded.transaction_id)
    assert erasure is not None  # written in the commit of the transaction that names it
    return MemberErased(certificate=ErasureCertificate.of(erasure, context.program), replayed=answer.replayed)


async def erasures(
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> ErasureConnection:
    context = info.context
    page = page_of(_KEY, given(first), given(after), given(last), given(before))
    found = await endings.list_erasures(context.services.database.pool, context.caller.program_id, page.section)
    rows, info_of_page = page_info(page, found, _key)
    edges = [ErasureEdge(cursor=cursor_of(_key(row)), node=ErasureCertificate.of(row, context.program)) for row in rows]
    return ErasureConnection(edges=edges, page_info=info_of_page)


def _key(row: endings.Erasure) -> tuple[str, str]:
    return (row.erased_at.isoformat(), str(row.erasure_id))
