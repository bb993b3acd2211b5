"""A member redeems at a partner: lots burn in order, at most what the proof allows, or nothing happens at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from uuid_utils.compat import uuid7

from honeyguide.members.lookup import MemberRef, books_of, find_member
from honeyguide.programs.partners import may_accept
from honeyguide.till.claims import reference_scope
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reference
from honeyguide.till.outcomes import Outcome, Posted
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.checking import MOST_AHEAD, checked_quantity
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.may_burn import may_burn
from honeyguide.transactions.outcomes import LimitExceeded, MemberNotFound, RedeemOutcome, Rejected
from honeyguide.transactions.redeem_intent import RedeemIntent
from honeyguide.transactions.requests import AuthorizeRequest, RedeemRequest
from honeyguide.transactions.watch import Counted

OPERATION = "redeem"
# An authorisation that is captured is the redemption of its reference, so both are of one kind (R2).
REFERENCE_KIND = "REDEMPTION"


async def redeem(desk: Desk, request: RedeemRequest) -> RedeemOutcome:
    return await ask_to_burn(desk, OPERATION, request, request.occurred_at or desk.now, RedeemIntent)


async def ask_to_burn(
    desk: Desk, operation: str, request: RedeemRequest | AuthorizeRequest, occurred_at: datetime, intent: Callable[..., RedeemIntent]
) -> RedeemOutcome:
    """What redemptions and authorisations have in common: checks by field, the member, the first answer of a key, the till."""
    amount = _checked(desk, request, occurred_at)
    if isinstance(amount, Rejected):
        return amount
    key = desk.key(operation, request)
    member = await find_member(desk.database.pool, desk.policy, request.member, desk.now)
    if member is None:  # or whose handle has ended since the first attempt
        first = await first_answer(desk.database.pool, desk.program_id, key)
        return MemberNotFound() if first is None else _answer(first)
    allowed = may_burn(desk.watch, desk.at(request.location, request.cashier, member))
    if not isinstance(allowed, Counted):
        return await unless_before(desk, key, allowed)
    outcome = _answer(await desk.till.submit(_filled(intent, desk, request, key, member, amount, occurred_at)))
    if not isinstance(outcome, Posted) or outcome.replayed:
        allowed.give_back()
    return outcome


async def unless_before(desk: Desk, key: Key, refused: Rejected | LimitExceeded) -> RedeemOutcome:
    """A refusal that is kept nowhere: what was answered before it under this key is answered again (R1)."""
    first = await first_answer(desk.database.pool, desk.program_id, key)
    return refused if first is None else _answer(first)


def _checked(desk: Desk, request: RedeemRequest | AuthorizeRequest, occurred_at: datetime) -> int | Rejected:
    program = desk.applied.program
    if occurred_at > desk.now + MOST_AHEAD:
        return Rejected("IN_THE_FUTURE", ("occurredAt",))
    if (misplaced := desk.misplaced(request.location)) is not None:
        return Rejected(misplaced, ("location",))
    if request.unit not in program.units or not may_accept(program, desk.partner.code, request.unit):
        return Rejected("UNKNOWN_UNIT", ("unit",), facts={"unit": request.unit})
    return checked_quantity(program, request.unit, request.quantity, negative_allowed=False)


def _filled(
    intent: Callable[..., RedeemIntent],
    desk: Desk,
    request: RedeemRequest | AuthorizeRequest,
    key: Key,
    member: MemberRef,
    amount: int,
    occurred_at: datetime,
) -> RedeemIntent:
    business_date = desk.business_date(occurred_at, request.location)
    return intent(
        applied=desk.applied,
        member_id=books_of(member),
        by_member=member.member_id if books_of(member) != member.member_id else None,
        transaction_id=uuid7(),
        key=key,
        reference=Reference(reference_scope(desk.partner.partner_id, request.location, business_date, REFERENCE_KIND), request.reference),
        partner_id=desk.partner.partner_id,
        partner_reference=request.reference,
        business_date=business_date,
        location=request.location,
        cashier=request.cashier,
        credential=desk.caller.credential_id,
        unit=request.unit,
        amount=amount,
        proof=member.proof,
        occurred_at=occurred_at,
        asked_at=desk.now,
    )


def _answer(outcome: Outcome) -> RedeemOutcome:
    return cast(RedeemOutcome, answer_of(outcome))
