"""An act is proposed to a second person; and what was refused is noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.audit import Act, Action, Subject, SubjectKind, actor_of, record
from honeyguide.database import Connection
from honeyguide.identity.second_approver import store
from honeyguide.identity.second_approver.approval import MOST_WAITING, WAITS_FOR, Approval, ApprovalState, Waits
from honeyguide.identity.second_approver.carry_out import Hands
from honeyguide.identity.second_approver.requests import Request, operation_of, stored
from honeyguide.members.own_account import address_hash
from honeyguide.till.intent import Key
from honeyguide.transactions.outcomes import IdempotencyConflict, LimitExceeded


async def ask(
    connection: Connection, hands: Hands, request: Request, members: Mapping[str, UUID], key: Key
) -> Waits | LimitExceeded | IdempotencyConflict:
    """A row that waits, once for each key; raised by nobody but its asker, and by him not without end."""
    call, asker = hands.call, hands.call.caller
    known = await store.asked_under(connection, call.program_id, asker.subject, key.key)
    if known is not None:
        return Waits(known, replayed=True) if key.same_request(known.request_hash) else IdempotencyConflict()
    if await store.count_waiting(connection, call.program_id, asker.subject, call.now) >= MOST_WAITING:
        return LimitExceeded("approvals_waiting", None, (), facts={"most": MOST_WAITING})
    asked = Approval(
        approval_id=uuid7(),
        operation=operation_of(request),
        request=stored(request),
        request_hash=key.request_hash,
        key=key.key,
        asked_by=asker.subject,
        asked_email=address_hash(call.claims, asker),
        asked_at=call.now,
        ends_at=call.now + WAITS_FOR,
        members=tuple(dict.fromkeys(members.values())),
        state=ApprovalState.WAITS,
    )
    await store.insert_approval(connection, call.program_id, asked)
    await record(connection, _asked(hands, asked))
    return Waits(asked, replayed=False)


def _asked(hands: Hands, asked: Approval) -> Act:
    call = hands.call
    # Codes and numbers only: the reason of a transfer is a sentence.
    names = ("unit", "quantity", "tier", "expected_version")
    facts: dict[str, Any] = {name: asked.request[name] for name in names if name in asked.request}
    return Act(
        call.program_id,
        call.now,
        actor_of(call.caller),
        Action.ASK_APPROVAL,
        Subject(SubjectKind.APPROVAL, str(asked.approval_id)),
        asked.members,
        hands.request_id,
        asked.approval_id,
        {"operation": str(asked.operation), **facts},
    )


async def note_refusal(hands: Hands, subject: Subject, code: str, operation: str) -> None:
    """Who tries what is not his to do is in the audit trail, too."""
    call, detail = hands.call, {"code": code, "operation": str(operation)}
    act = Act(call.program_id, call.now, actor_of(call.caller), Action.REFUSED, subject, request_id=hands.request_id, detail=detail)
    await record(call.database.pool, act)
