"""A member redeems at a partner: lots burn in order, at most what the proof allows, or nothing happens at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from uuid_utils.compat import uuid7

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import Count, post_redemption
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.lookup import MemberRef, find_member
from honeyguide.members.proof import Proof
from honeyguide.programs.current import Applied
from honeyguide.programs.limits import number_burn_limit
from honeyguide.programs.partners import may_accept
from honeyguide.programs.program import Program
from honeyguide.quantities import TooLarge, TooManyDecimals
from honeyguide.till.claims import reference_scope, request_hash
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.outcomes import Decision, KeyConflict, Outcome, Posted, ReferenceTaken, Refusal, Refused, RetryLater
from honeyguide.transactions.catching_up import catch_up
from honeyguide.transactions.checking import MOST_AHEAD
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import (
    DuplicateReference,
    IdempotencyConflict,
    InsufficientBalance,
    MemberNotFound,
    ProofRequired,
    RedeemOutcome,
    Rejected,
)
from honeyguide.transactions.purchase_intent import after_detail
from honeyguide.transactions.requests import RedeemRequest

OPERATION = "redeem"
# What may take a burn above the limit of proof NUMBER; how to give these proofs comes with Trust.
STRONGER = (Proof.PRESENT.value, Proof.APPROVED.value)


@dataclass(frozen=True, slots=True)
class RedeemIntent:
    """A redemption of `amount` minor units of one unit, proved by `proof`."""

    applied: Applied
    member_id: UUID
    transaction_id: UUID
    key: Key | None
    reference: Reference | None
    partner_id: UUID
    partner_reference: str
    business_date: date
    location: str | None
    cashier: str | None
    unit: str
    amount: int
    proof: Proof
    occurred_at: datetime
    asked_at: datetime

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Reads:
        return Reads(counters=(burn_counter(self.unit, self.day),), lots=True)

    @property
    def day(self) -> str:
        """The local day whose limit this burn uses: that of the request, for a till's own date would open the limit of any day."""
        return self.applied.program.local_day(self.asked_at).isoformat()

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        earlier, books = catch_up(books, self.applied, now, rows_from=None)
        available = books.available(self.unit, now)
        if self.amount > available:
            return Refusal("INSUFFICIENT_BALANCE", {"unit": self.unit, "asked": self.amount, "available": max(available, 0)})
        left = left_by_number(self.applied.program, books, self.unit, self.day)
        if self.proof is Proof.NUMBER and left is not None and self.amount > left:
            return Refusal("PROOF_REQUIRED", {"accepts": list(STRONGER)})
        posting = post_redemption(
            books,
            self._recorded(now),
            self.unit,
            self.amount,
            self.partner_id,
            [Count(*burn_counter(self.unit, self.day), self.amount)] if self.proof is Proof.NUMBER else [],
            lambda after: {
                "unit": self.unit,
                "quantity": self.amount,
                "proof": self.proof.value,
                **({"cashier": self.cashier} if self.cashier else {}),
                "after": after_detail(self.applied.program, after, now),
            },
            now,
        )
        return Decision((*earlier, posting))

    def _recorded(self, now: datetime) -> Recorded:
        return Recorded(
            program_id=self.program_id,
            member_id=self.member_id,
            transaction_id=self.transaction_id,
            kind=TransactionKind.REDEMPTION,
            partner_id=self.partner_id,
            location=self.location,
            reference=self.partner_reference,
            business_date=self.business_date,
            occurred_at=self.occurred_at,
            posted_at=now,
            program_version=self.applied.version,
        )


async def redeem(desk: Desk, request: RedeemRequest) -> RedeemOutcome:
    occurred_at = request.occurred_at or desk.now
    amount = _checked(desk, request, occurred_at)
    if isinstance(amount, Rejected):
        return amount
    key = Key(desk.caller.scope, request.idempotency_key, request_hash(OPERATION, request))
    member = await find_member(desk.database.pool, desk.policy, request.member, desk.now)
    if member is None:  # or whose handle has ended since the first attempt
        first = await first_answer(desk.database.pool, desk.program_id, key)
        return MemberNotFound() if first is None else _answer(first)
    return _answer(await desk.till.submit(_intent(desk, request, key, member, amount, occurred_at)))


def burn_counter(unit: str, day: str) -> tuple[str, str]:
    """What was redeemed by proof NUMBER on a local day."""
    return (f"burn/NUMBER/{unit}", day)


def left_by_number(program: Program, books: MemberBooks, unit: str, day: str) -> int | None:
    """What proof NUMBER may still redeem on that day; None = no limit (R51)."""
    limit = number_burn_limit(program, unit)
    return None if limit is None else max(limit - books.counter(*burn_counter(unit, day)), 0)


def _checked(desk: Desk, request: RedeemRequest, occurred_at: datetime) -> int | Rejected:
    program = desk.applied.program
    if occurred_at > desk.now + MOST_AHEAD:
        return Rejected("IN_THE_FUTURE", ("occurredAt",))
    if not desk.knows(request.location):
        return Rejected("UNKNOWN_LOCATION", ("location",))
    if request.unit not in program.units or not may_accept(program, desk.partner.code, request.unit):
        return Rejected("UNKNOWN_UNIT", ("unit",), facts={"unit": request.unit})
    return checked_quantity(program, request.unit, request.quantity, negative_allowed=False)


def checked_quantity(program: Program, unit: str, quantity: Decimal, *, negative_allowed: bool) -> int | Rejected:
    """Minor units of a quantity that is not zero, or what is wrong with it."""
    try:
        amount = program.unit(unit).to_minor(quantity)
    except TooManyDecimals:
        return Rejected("TOO_MANY_DECIMALS", ("quantity",), facts={"decimals": str(program.decimals(unit))})
    except TooLarge:
        return Rejected("LIMIT_EXCEEDED", ("quantity",))
    if amount == 0:
        return Rejected("ZERO_QUANTITY", ("quantity",))
    if amount < 0 and not negative_allowed:
        return Rejected("NEGATIVE_AMOUNT", ("quantity",))
    return amount


def _intent(desk: Desk, request: RedeemRequest, key: Key, member: MemberRef, amount: int, occurred_at: datetime) -> RedeemIntent:
    business_date = desk.business_date(occurred_at, request.location)
    return RedeemIntent(
        applied=desk.applied,
        member_id=member.member_id,
        transaction_id=uuid7(),
        key=key,
        reference=Reference(reference_scope(desk.partner.partner_id, request.location, business_date, "REDEMPTION"), request.reference),
        partner_id=desk.partner.partner_id,
        partner_reference=request.reference,
        business_date=business_date,
        location=request.location,
        cashier=request.cashier,
        unit=request.unit,
        amount=amount,
        proof=member.proof,
        occurred_at=occurred_at,
        asked_at=desk.now,
    )


def _answer(outcome: Outcome) -> RedeemOutcome:
    match outcome:
        case Posted():
            return outcome
        case KeyConflict():
            return IdempotencyConflict()
        case ReferenceTaken(recorded=recorded):
            return DuplicateReference(recorded) if recorded else Rejected("DUPLICATE_REFERENCE", ("reference",))
        case RetryLater(after_seconds=seconds):
            return Rejected("RETRY_LATER", retry_after=seconds)
        case Refused(code="INSUFFICIENT_BALANCE", data=data):
            return InsufficientBalance(data["unit"], data["asked"], data["available"])
        case Refused(code="PROOF_REQUIRED", data=data):
            return ProofRequired(tuple(data["accepts"]))
        case Refused(code="MEMBER_NOT_FOUND"):
            return MemberNotFound()
        case Refused(code=code):
            return Rejected(code)
    raise AssertionError(f"the till answered {outcome!r}")
