"""An operator gives or takes by hand, with a reason; taking is never more than what is available."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

from honeyguide.ledger.because import reason
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import Aside, NewLot, post_adjustment
from honeyguide.ledger.recorded import TransactionKind
from honeyguide.members.call import Call
from honeyguide.members.catching_up import catch_up
from honeyguide.members.lookup import find_member
from honeyguide.members.recorded_now import recorded_now
from honeyguide.programs.current import Applied
from honeyguide.programs.expiry import lasts_until
from honeyguide.programs.periods import last_moment
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Outcome, Refusal
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.checking import checked_quantity
from honeyguide.transactions.outcomes import AdjustOutcome, MemberNotFound, Rejected
from honeyguide.transactions.purchase_detail import after_detail
from honeyguide.transactions.requests import AdjustRequest

OPERATION = "adjustAccount"


@dataclass(frozen=True, slots=True)
class AdjustIntent:
    """An adjustment of `amount` minor units, signed, by the operator named in `by`."""

    applied: Applied
    member_id: UUID
    transaction_id: UUID
    key: Key | None
    unit: str
    amount: int
    reason: str
    note: str
    by: str
    expires_on: date | None
    approval: Mapping[str, str] = field(default_factory=dict)
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Reads:
        return Reads(lots=True)

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        earlier, books = catch_up(books, self.applied, now, rows_from=None)
        taken, available = max(-self.amount, 0), max(books.available(self.unit, now), 0)  # who owes may still be given something
        if taken > available:
            return Refusal("INSUFFICIENT_BALANCE", {"unit": self.unit, "asked": taken, "available": available})
        given = self._given(books, now)
        posting = post_adjustment(
            books,
            recorded_now(books, self.applied, self.transaction_id, TransactionKind.ADJUSTMENT, now),
            given,
            self.unit,
            taken,
            Aside(lasts_until=self._lasts_until(books, now) if given else {}),
            lambda after: {
                "unit": self.unit,
                "quantity": self.amount,
                "reason": self.reason,
                "note": self.note,
                "by": self.by,
                **self.approval,
                "because": [reason("", self.amount, self.unit, kind="adjustment", reason=self.reason)],
                **({"expires_at": given.expires_at.isoformat()} if given and given.expires_at else {}),
                "after": after_detail(self.applied.program, after, now),
            },
            now,
        )
        return Decision((*earlier, posting))

    def _given(self, books: MemberBooks, now: datetime) -> NewLot | None:
        """A lot of the operator's own, with the date that was asked for, else the program's."""
        if self.amount < 0:
            return None
        program = self.applied.program
        expires_at, rolls = program.plan.expiry_of(self.unit, program.local_day(now), books.tier.tier)
        if self.expires_on:
            expires_at, rolls = last_moment(self.expires_on, program.zone), False
        return NewLot(uuid5(self.transaction_id, "0"), self.unit, self.amount, self.program_id, now, now, expires_at, rolls)

    def _lasts_until(self, books: MemberBooks, now: datetime) -> dict[str, datetime]:
        """An accrual by hand moves the date of a balance that rolls like any other (R29)."""
        program = self.applied.program
        until = lasts_until(program, self.unit, "accrual", program.local_day(now), books.tier.tier)
        return {} if until is None else {self.unit: until}


async def adjust_account(call: Call, request: AdjustRequest) -> AdjustOutcome:
    program = call.applied.program
    if request.unit not in program.units:
        return Rejected("UNKNOWN_UNIT", ("unit",), facts={"unit": request.unit})
    amount = checked_quantity(program, request.unit, request.quantity, negative_allowed=True)
    if isinstance(amount, Rejected):
        return amount
    if request.expires_on is not None and request.expires_on < program.local_day(call.now):
        return Rejected("IN_THE_PAST", ("expiresOn",), facts={"expiresOn": request.expires_on.isoformat()})
    key = call.key(OPERATION, request)
    member = await find_member(call.database.pool, call.policy, request.member, call.now)
    if member is None:
        first = await first_answer(call.database.pool, call.program_id, key)
        return MemberNotFound() if first is None else _answer(first)
    intent = AdjustIntent(
        applied=call.applied,
        member_id=member.member_id,
        transaction_id=uuid7(),
        key=key,
        unit=request.unit,
        amount=amount,
        reason=request.reason,
        note=request.note,
        by=call.caller.subject,
        expires_on=request.expires_on,
        approval=call.approval,
    )
    return _answer(await call.till.submit(intent))


def _answer(outcome: Outcome) -> AdjustOutcome:
    return cast(AdjustOutcome, answer_of(outcome))
