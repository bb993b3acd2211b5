"""An operator moves points from one member to another, with their dates and issuers; what the receiver owes is repaid from them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from uuid_utils.compat import uuid7

from honeyguide.members.call import Call
from honeyguide.members.handing_over import HandOutIntent, hand_over
from honeyguide.members.lookup import MemberLookup, find_members
from honeyguide.till.first_answer import first_answer
from honeyguide.till.outcomes import Outcome
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.checking import checked_quantity
from honeyguide.transactions.outcomes import AdjustOutcome, MemberNotFound, Rejected

OPERATION = "transferPoints"


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """As sent: nothing is checked yet."""

    idempotency_key: str
    giver: MemberLookup
    receiver: MemberLookup
    unit: str
    quantity: Decimal
    reason: str


async def transfer_points(call: Call, request: TransferRequest) -> AdjustOutcome:
    """Posted is the giver's side; the receiver's follows at once, or by the sweep of `handing_over`."""
    program = call.applied.program
    if request.unit not in program.units:
        return Rejected("UNKNOWN_UNIT", ("unit",), facts={"unit": request.unit})
    amount = checked_quantity(program, request.unit, request.quantity, negative_allowed=False)
    if isinstance(amount, Rejected):
        return amount
    key = call.key(OPERATION, request)
    giver, receiver = await find_members(call.database.pool, call.policy, [request.giver, request.receiver], call.now)
    if giver is None or receiver is None:
        first = await first_answer(call.database.pool, call.program_id, key)
        return _answer(first) if first is not None else MemberNotFound(("from",) if giver is None else ("to",))
    if giver.member_id == receiver.member_id:
        return Rejected("SAME_MEMBER", ("to",))
    intent = HandOutIntent(
        applied=call.applied,
        member_id=giver.member_id,
        to=receiver.member_id,
        transaction_id=uuid7(),
        key=key,
        unit=request.unit,
        amount=amount,
        facts={"reason": request.reason, "by": call.caller.subject, "unit": request.unit, "quantity": amount, **call.approval},
    )
    return _answer(await hand_over(call.till, intent))


def _answer(outcome: Outcome) -> AdjustOutcome:
    return cast(AdjustOutcome, answer_of(outcome))
