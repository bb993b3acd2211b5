"""A member claims the receipt of an anonymous purchase: it earns as of the purchase, once (R54)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from uuid_utils.compat import uuid7

from honeyguide.coalition.directory import Partners
from honeyguide.coalition.freezes import TillPlace
from honeyguide.coalition.partner import Partner
from honeyguide.ledger.accounts import NOBODY
from honeyguide.ledger.books import read_transaction
from honeyguide.ledger.recorded import Recorded
from honeyguide.members.call import Call
from honeyguide.members.lookup import MemberRef, member_by_id
from honeyguide.programs.current import Applied, Programs
from honeyguide.programs.evaluation import needs
from honeyguide.programs.purchase import Purchase
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import PARK, Outcome, Posted
from honeyguide.transactions.anonymous_purchase import claim_of
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.claim_link import open_claim
from honeyguide.transactions.outcomes import DuplicateReference, IdempotencyConflict, Parked, Rejected
from honeyguide.transactions.purchase_detail import recorded_purchase
from honeyguide.transactions.purchase_intent import PurchaseIntent, purchase_reads
from honeyguide.transactions.watch import AtTill, Watch, is_staff_here

OPERATION = "claimTransaction"
ClaimOutcome = Posted | IdempotencyConflict | Rejected
_NOT_RECORDED_AGAIN = ("lines", "returns")


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """`token` is what the receipt's link carries."""

    idempotency_key: str
    token: str


async def claim_transaction(call: Call, programs: Programs, partners: Partners, request: ClaimRequest, watch: Watch) -> ClaimOutcome:
    key = call.key(OPERATION, request)
    pool, program_id = call.database.pool, call.applied.program_id
    transaction_id = open_claim(call.policy.handle_key, program_id, request.token, call.now)
    if transaction_id is None:  # or whose day is over since the first attempt
        first = await first_answer(pool, program_id, key)
        return Rejected("CODE_REJECTED", ("token",)) if first is None else _answer(first)
    anonymous = await read_transaction(pool, program_id, NOBODY, transaction_id)
    partner = await partners.partner(program_id, anonymous.partner_id) if anonymous and anonymous.partner_id else None
    if anonymous is None or partner is None:
        return Rejected("NOT_FOUND", ("token",))
    member = await member_by_id(pool, program_id, call.caller.member_id)
    at, purchase = _till_of(call, anonymous, partner, member), recorded_purchase(anonymous, partner.code).purchase
    held = watch.claim(at, purchase)
    if isinstance(held, str):  # nothing is kept; who has it already hears so
        first = await first_answer(pool, program_id, key)
        return Rejected(held, ("token",)) if first is None else _answer(first)
    rules = await programs.as_of(program_id, anonymous.occurred_at)
    intent = _intent(call, key, anonymous, purchase, rules)
    if call.applied.program.staff.earn == "no" and is_staff_here(at, purchase.channel):
        intent = replace(intent, earns=False)
    outcome = await call.till.submit(intent)
    if not isinstance(outcome, Posted) or outcome.replayed:
        held.give_back()
    return _answer(outcome)


def _till_of(call: Call, anonymous: Recorded, partner: Partner, member: MemberRef | None) -> AtTill:
    """Where it was bought: what stands against a member at that till stands against his claim, too."""
    detail = anonymous.detail
    place = TillPlace(call.program_id, partner.partner_id, anonymous.location, detail.get("cashier"), detail.get("credential"))
    return AtTill(call.applied.program, place, partner, member, call.now)


def _intent(call: Call, key: Key, anonymous: Recorded, purchase: Purchase, rules: Applied) -> PurchaseIntent:
    """The purchase as if the member had been named: rules, tier, caps and dates are those of its day (R9, R10)."""
    applied = call.applied
    wanted, asked_on = needs(rules.program, purchase), applied.program.local_day(call.now).isoformat()
    assert anonymous.partner_id is not None and anonymous.business_date is not None
    intent = PurchaseIntent(
        applied=applied,
        rules=rules,
        member_id=call.caller.member_id,
        transaction_id=uuid7(),
        key=key,
        reference=claim_of(anonymous.transaction_id),
        partner_id=anonymous.partner_id,
        partner_reference=anonymous.reference or "",
        business_date=anonymous.business_date,
        purchase=purchase,
        needs=wanted,
        reads=purchase_reads(applied.program, rules.program, wanted, purchase.occurred_at, asked_on),
        asked_on=asked_on,
        facts={name: value for name, value in anonymous.detail.items() if name not in _NOT_RECORDED_AGAIN} | {"claimed": True},
    )
    return replace(intent, of_transaction=anonymous.transaction_id, amount_minor=anonymous.amount_minor)


def _answer(outcome: Outcome) -> ClaimOutcome:
    """Whoever else has it, a member or a return, is not told."""
    answer = answer_of(outcome, ("token",))
    if isinstance(answer, DuplicateReference | Parked):
        return Rejected("ALREADY_CLAIMED", ("token",))
    if isinstance(answer, Rejected) and answer.code == PARK:  # nothing is kept: there is a month for it
        return Rejected("LIMIT_EXCEEDED", ("token",))
    return cast(ClaimOutcome, answer)
