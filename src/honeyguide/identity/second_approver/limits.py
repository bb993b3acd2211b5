"""What of a request is counted against which limit of the program file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.caller import Caller
from honeyguide.database import Connection
from honeyguide.identity.second_approver import store
from honeyguide.identity.second_approver.requests import Request
from honeyguide.identity.second_approver.store import Use
from honeyguide.members.call import Call
from honeyguide.members.erase_member import EraseMember
from honeyguide.members.merge_members import MergeRequest
from honeyguide.programs.approvals import Summed, alone, goodwill_budget, merge_waits
from honeyguide.transactions.assign_tier import AssignTier
from honeyguide.transactions.burn_limits import next_day
from honeyguide.transactions.checking import checked_quantity
from honeyguide.transactions.outcomes import LimitExceeded, Rejected
from honeyguide.transactions.requests import AdjustRequest
from honeyguide.transactions.transfer_points import TransferRequest

WINDOW = timedelta(hours=24)


def is_agent(caller: Caller) -> bool:
    """Who may give goodwill and adjust nothing else."""
    return "adjust" not in caller.scopes


def beyond_goodwill(request: AdjustRequest) -> Rejected | None:
    """An agent gives, and only goodwill."""
    if request.reason != "GOODWILL":
        return Rejected("NOT_ALLOWED", ("reason",))
    return Rejected("NOT_ALLOWED", ("quantity",)) if request.quantity < 0 else None


def use_of(call: Call, request: Request, members: Mapping[str, UUID]) -> Use | None:
    """What it counts; None for what moves no quantity, and for a quantity that the use case refuses."""
    match request:
        case AdjustRequest():
            summed = Summed.GOODWILL if is_agent(call.caller) else Summed.ADJUST
            member_id, other_id, negative = members["member"], None, True
        case TransferRequest():
            summed, member_id, other_id, negative = Summed.TRANSFER, members["from"], members["to"], False
        case _:
            return None
    program = call.applied.program
    if request.unit not in program.units:
        return None
    amount = checked_quantity(program, request.unit, request.quantity, negative_allowed=negative)
    if isinstance(amount, Rejected):
        return None
    return Use(summed, request.unit, abs(amount), member_id, other_id, call.now, program.local_day(call.now))


def will_be_refused(call: Call, request: Request, members: Mapping[str, UUID]) -> bool:
    """What its use case refuses without a look at the books is asked of nobody; quantities are its own matter too."""
    program = call.applied.program
    today = program.local_day(call.now)
    match request:
        case AdjustRequest():
            is_past = request.expires_on is not None and request.expires_on < today
            return is_past or use_of(call, request, members) is None
        case TransferRequest():
            return members["from"] == members["to"] or use_of(call, request, members) is None
        case MergeRequest():
            return members["source"] == members["target"]
        case AssignTier():
            return program.tiers is None or request.tier not in program.tiers.levels or request.until < today
    return False


async def above_budget(connection: Connection, call: Call, key: str, use: Use) -> LimitExceeded | None:
    """The first limit of an agent's goodwill that it would pass, with what is left; asked in turn, so that it is exact."""
    program, operator = call.applied.program, call.caller.subject
    budget = goodwill_budget(program, use.unit)
    if use.amount > budget.per_post:
        return _exceeded("goodwill_per_post", use, budget.per_post, budget.per_post, None)
    tomorrow = next_day(program, program.local_day(call.now).isoformat())
    by_agent, of_member = await store.goodwill_given(connection, call.program_id, operator, key, use)
    if by_agent + use.amount > budget.per_agent_per_day:
        return _exceeded("goodwill_per_agent", use, budget.per_agent_per_day, budget.per_agent_per_day - by_agent, tomorrow)
    most = budget.per_member_per_day
    if most is not None and of_member + use.amount > most:
        return _exceeded("goodwill_per_member", use, most, most - of_member, tomorrow)
    return None


async def above_alone(connection: Connection, call: Call, key: str, use: Use) -> bool:
    """Is it, with what the operator moved for the member in 24 hours, more than he may alone?"""
    most = alone(call.applied.program, use.summed, use.unit)
    if most is None:
        return False
    before = await store.used(connection, call.program_id, call.caller.subject, key, use, use.at - WINDOW)
    return before + use.amount > most


async def waits_always(connection: Connection, call: Call, request: Request, members: Mapping[str, UUID]) -> bool:
    """What moves no quantity of its own."""
    program = call.applied.program
    match request:
        case MergeRequest():
            return merge_waits(program, await store.balances(connection, call.program_id, list(members.values())))
        case AssignTier():
            return program.approvals.tier == "always"
        case EraseMember():
            return program.approvals.erase == "always"
    return False


def _exceeded(limit: str, use: Use, most: int, left: int, resets_at: datetime | None) -> LimitExceeded:
    return LimitExceeded(limit, resets_at, facts={"unit": use.unit, "most": most, "left": max(left, 0)})
