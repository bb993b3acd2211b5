"""A shop takes what it reserved, all or a part: the pinned points burn, the rest goes back; one capture settles a hold (R14)."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from uuid_utils.compat import uuid7

from honeyguide.ledger.books import read_hold
from honeyguide.till.first_answer import first_answer
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.checking import checked_quantity
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.may_burn import FROZEN
from honeyguide.transactions.outcomes import CaptureOutcome, Rejected
from honeyguide.transactions.own_hold import no_such_hold, own_authorization, was_declined
from honeyguide.transactions.requests import CaptureRequest
from honeyguide.transactions.settle_intent import NOT_OPEN, CaptureIntent

OPERATION = "captureRedemption"
DECLINED = "REDEMPTION_DECLINED"


async def capture_redemption(desk: Desk, request: CaptureRequest) -> CaptureOutcome:
    key = desk.key(OPERATION, request)
    authorization = await own_authorization(desk, request.member_id, request.hold_id)
    if authorization is None:
        return await no_such_hold(desk, key)
    if desk.watch.frozen(desk.at(authorization.location, None)) is not None:
        first = await first_answer(desk.database.pool, desk.program_id, key)
        return FROZEN if first is None else cast(CaptureOutcome, answer_of(first))
    amount = None
    if request.quantity is not None:
        checked = checked_quantity(desk.applied.program, authorization.detail["unit"], request.quantity, negative_allowed=False)
        if isinstance(checked, Rejected):
            return checked
        amount = checked
    intent = CaptureIntent(desk.applied, uuid7(), key, authorization, desk.now, amount=amount)
    answer = cast(CaptureOutcome, answer_of(await desk.till.submit(intent)))
    if isinstance(answer, Rejected) and answer.code == NOT_OPEN and await _is_declined(desk, request):
        return replace(answer, code=DECLINED)
    return answer


async def _is_declined(desk: Desk, request: CaptureRequest) -> bool:
    hold = await read_hold(desk.database.pool, desk.program_id, request.member_id, request.hold_id)
    return hold is not None and await was_declined(desk.database.pool, desk.program_id, request.member_id, hold)
