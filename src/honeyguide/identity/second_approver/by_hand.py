"""An operator acts by hand: alone within limits, above them it waits for a second person, never on his own account."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from honeyguide.audit import member_subject
from honeyguide.database import Connection
from honeyguide.identity.second_approver import store
from honeyguide.identity.second_approver.approval import Approval, ApprovalState, Waits
from honeyguide.identity.second_approver.ask import ask, note_refusal
from honeyguide.identity.second_approver.carry_out import (
    Answer,
    Done,
    Hands,
    carry_out,
    carry_out_approved,
    outcome_of,
    refused_before,
    told,
)
from honeyguide.identity.second_approver.limits import (
    above_alone,
    above_budget,
    beyond_goodwill,
    is_agent,
    use_of,
    waits_always,
    will_be_refused,
)
from honeyguide.identity.second_approver.requests import ApplyFile, Request, lookups_of, named_by_id, operation_of
from honeyguide.identity.second_approver.store import Use
from honeyguide.members.endings import survivor_of
from honeyguide.members.erase_member import EraseMember
from honeyguide.members.lookup import find_members
from honeyguide.members.own_account import OWN_ACCOUNT, own_accounts
from honeyguide.members.store import MemberStatus
from honeyguide.programs.apply_once import FileWaits
from honeyguide.programs.approvals import Summed, file_waits
from honeyguide.programs.current import UnknownProgram
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import KeyConflict
from honeyguide.transactions.outcomes import IdempotencyConflict, InsufficientBalance, LimitExceeded, MemberNotFound, Rejected
from honeyguide.transactions.requests import AdjustRequest

_OVER = {ApprovalState.DECLINED: "APPROVAL_DECLINED", ApprovalState.ENDED: "APPROVAL_ENDED"}


async def by_hand(hands: Hands, request: Request) -> Answer:
    """The use case's own answer, or Waits, LimitExceeded, or a refusal that says why this operator may not."""
    call, key = hands.call, _key(hands, request)
    asked = await store.asked_under(call.database.pool, call.program_id, call.caller.subject, key.key)
    if asked is not None:
        return await _again(hands, asked, key)
    if isinstance(request, ApplyFile):
        return await _apply(hands, request, key)
    first = await first_answer(call.database.pool, call.program_id, key)
    if first is not None:
        return told(first)
    members = await _members(hands, request)
    if isinstance(members, MemberNotFound):
        return members
    refusal = await _refusal(hands, request, members)
    if refusal is not None:
        await note_refusal(hands, member_subject(next(iter(members.values()))), refusal.code, operation_of(request))
        return refusal
    return await _within_limits(hands, named_by_id(request, members), members, key)


def _key(hands: Hands, request: Request) -> Key:
    call, operation = hands.call, operation_of(request)
    body: object = [request.source, request.expected_version] if isinstance(request, ApplyFile) else request
    return call.claims.key_over(call.caller, request.idempotency_key, operation.value, body)


async def _again(hands: Hands, asked: Approval, key: Key) -> Answer:
    """A retry of what waits, or waited."""
    if not key.same_request(asked.request_hash):
        return IdempotencyConflict()
    state = asked.state_at(hands.call.now)
    if state is ApprovalState.WAITS:
        return Waits(asked, replayed=True)
    if state in _OVER:
        return Rejected(_OVER[state])
    if asked.outcome is not None and "refused" in asked.outcome:
        return refused_before(asked.outcome)
    return await finish(hands, asked)


async def finish(hands: Hands, approval: Approval) -> Done:
    """Carry out what is approved, once, and keep what became of it."""
    done = await carry_out_approved(hands, approval)
    outcome = outcome_of(done)
    if outcome is not None:
        await store.keep_outcome(hands.call.database.pool, hands.call.program_id, approval.approval_id, outcome)
    return done


async def _members(hands: Hands, request: Request) -> dict[str, UUID] | MemberNotFound:
    """By input field; who was closed has no lookup any more, and is erased by id."""
    call, lookups = hands.call, lookups_of(request)
    found = await find_members(call.database.pool, call.policy, list(lookups.values()), call.now)
    members = {}
    for (name, lookup), member in zip(lookups.items(), found, strict=True):
        if member is not None:
            members[name] = member.member_id
        elif not isinstance(request, EraseMember) or not await _can_be_erased(hands, request.member_id):
            return MemberNotFound((name,))
        else:
            members[name] = UUID(lookup.value)
    return members


async def _can_be_erased(hands: Hands, member_id: UUID) -> bool:
    survivor = await survivor_of(hands.call.database.pool, hands.call.program_id, member_id)
    return survivor is not None and survivor.status is not MemberStatus.ERASED


async def _refusal(hands: Hands, request: Request, members: Mapping[str, UUID]) -> Rejected | None:
    call = hands.call
    own = await own_accounts(call.database.pool, call.caller, list(members.values()))
    if own:
        return Rejected(OWN_ACCOUNT, tuple(name for name, member_id in members.items() if member_id in own)[:1])
    return beyond_goodwill(request) if isinstance(request, AdjustRequest) and is_agent(call.caller) else None


async def _within_limits(hands: Hands, request: Request, members: Mapping[str, UUID], key: Key) -> Answer:
    call, use = hands.call, use_of(hands.call, request, members)
    if will_be_refused(call, request, members):
        return await carry_out(hands, request, key)
    async with call.database.transaction() as connection:
        held_back = await _held_back(connection, hands, request, members, key, use)
    if held_back is not None:
        if isinstance(held_back, LimitExceeded):
            await note_refusal(hands, member_subject(next(iter(members.values()))), "LIMIT_EXCEEDED", operation_of(request))
        return held_back
    done = await carry_out(hands, request, key)
    if use is not None and _will_never_post(done):
        await store.give_back(call.database.pool, call.program_id, call.caller.subject, key)
    return done


async def _held_back(
    connection: Connection, hands: Hands, request: Request, members: Mapping[str, UUID], key: Key, use: Use | None
) -> Answer | None:
    """None where it goes on, counted; one after the other, so that two at once cannot both have the last of a limit."""
    call, operator = hands.call, hands.call.caller.subject
    await store.take_turn(connection, call.program_id)
    counted = await store.use_under(connection, call.program_id, operator, key.key)
    if counted is not None:
        return None if key.same_request(counted) else IdempotencyConflict()
    if use is None:
        return await ask(connection, hands, request, members, key) if await waits_always(connection, call, request, members) else None
    if use.summed is Summed.GOODWILL:
        exceeded = await above_budget(connection, call, key.key, use)
        if exceeded is not None:
            return exceeded
    elif await above_alone(connection, call, key.key, use):
        return await ask(connection, hands, request, members, key)
    await store.insert_use(connection, call.program_id, operator, key, use)
    return None


async def _apply(hands: Hands, file: ApplyFile, key: Key) -> Answer:
    """Against the version that was edited, which must be the one in force: so a stale process judges by the same limits."""
    call = hands.call
    try:
        edited = (await hands.programs.at(call.program_id, file.expected_version)).program
    except UnknownProgram:
        edited = call.applied.program
    done = await carry_out(hands, file, key, partial(file_waits, edited))
    if not isinstance(done, FileWaits):
        return done
    async with call.database.transaction() as connection:
        await store.take_turn(connection, call.program_id)
        return await ask(connection, hands, file, {}, key)


def _will_never_post(done: Done) -> bool:
    """Refused for good under its key; who is not found now may be found by a retry, so that one stays counted."""
    if isinstance(done, Rejected):
        return done.code != "RETRY_LATER"
    return isinstance(done, InsufficientBalance | IdempotencyConflict | KeyConflict)
