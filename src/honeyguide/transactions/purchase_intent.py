"""The intent of a purchase: what it earns, decided on the member's locked books; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.postings import Aside, Count, NewLot, post_purchase
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.catching_up import REVIEWABLE, catch_up, held_tier
from honeyguide.members.proof import Proof
from honeyguide.programs.current import Applied
from honeyguide.programs.evaluation import Accrual, Because, CounterKey, CounterUse, Evaluation, Facts, Needs, WindowKey, evaluate
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Line, LineKind, Purchase
from honeyguide.programs.tiers import assess, tier_windows
from honeyguide.quantities import LARGEST_MINOR, TooLarge
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.outcomes import Decision
from honeyguide.transactions.burn_limits import burn_counters, redeemable_units


@dataclass(frozen=True, slots=True)
class PurchaseIntent:
    """A purchase of one member at one partner; `facts` are recorded with it and decide nothing (terminal, cashier, flags)."""

    applied: Applied
    member_id: UUID
    transaction_id: UUID
    key: Key | None
    reference: Reference | None
    partner_id: UUID
    partner_reference: str
    business_date: date
    purchase: Purchase
    needs: Needs
    reads: Reads
    asked_on: str  # the local ISO day of the request, whose burn limit the answer tells
    facts: dict[str, Any]

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    def decide(self, books: MemberBooks, now: datetime) -> Decision:
        """Accrue by the program at the tier of the purchase's moment (R9); what happened by itself meanwhile comes first."""
        earlier, books = catch_up(books, self.applied, now, rows_from=self.reads.rows_from)
        evaluation = evaluate(self.applied.program, self.purchase, facts_of(books, self.needs, self.purchase, now))
        lots = [self._lot(number, accrual) for number, accrual in enumerate(evaluation.accruals)]
        posting = post_purchase(
            books,
            self._recorded(now),
            lots,
            (),
            Aside(
                tuple(Count(use.name, use.period, use.amount) for use in evaluation.counters), self._new_tier(books, evaluation.counters)
            ),
            lambda after: self._detail(evaluation, lots, books, after, now),
            now,
        )
        return Decision((*earlier, posting))

    def _lot(self, number: int, accrual: Accrual) -> NewLot:
        return NewLot(
            lot_id=uuid5(self.transaction_id, str(number)),
            unit=accrual.unit,
            amount=accrual.quantity,
            issuer=self.partner_id,
            earned_at=self.purchase.occurred_at,
            available_at=accrual.available_at,
            expires_at=accrual.expires_at,
        )

    def _new_tier(self, books: MemberBooks, counts: Iterable[CounterUse]) -> TierSpan | None:
        """The tier that this purchase earns; a late post is judged as of the tier reached meanwhile, so nothing is undone."""
        held, occurred_at = books.tier, self.purchase.occurred_at
        as_of = max(occurred_at, held.since) if held.until and held.since else occurred_at
        current = held_tier(books)
        program = self.applied.program
        amounts = {window: books.window(*window) + _within(window, counts) for window in tier_windows(program, as_of)}
        earned = assess(program, current, amounts, as_of)
        if earned is None or earned == current or (current is not None and earned.code == current.code and earned.until == current.until):
            return None
        return TierSpan(earned.code, earned.since, earned.until)

    def _recorded(self, now: datetime) -> Recorded:
        return Recorded(
            program_id=self.program_id,
            member_id=self.member_id,
            transaction_id=self.transaction_id,
            kind=TransactionKind.PURCHASE,
            partner_id=self.partner_id,
            location=self.purchase.location,
            reference=self.partner_reference,
            business_date=self.business_date,
            amount_minor=self.purchase.amount_minor,
            currency=self.purchase.currency,
            occurred_at=self.purchase.occurred_at,
            posted_at=now,
            program_version=self.applied.version,
        )

    def _detail(
        self, evaluation: Evaluation, lots: Sequence[NewLot], before: MemberBooks, after: MemberBooks, now: datetime
    ) -> dict[str, Any]:
        """All that was decided from: reversals and every `because` read it, never the program of their own day (R19)."""
        return {
            **self.facts,
            "lines": [line_detail(line) for line in self.purchase.lines],
            "accruals": [_accrual(accrual, lot, now) for accrual, lot in zip(evaluation.accruals, lots, strict=True)],
            "missed": [because_detail(because) for because in evaluation.missed],
            "tier": before.tier_at(self.purchase.occurred_at),
            "after": self._after(after, now),
        }

    def _after(self, books: MemberBooks, now: datetime) -> dict[str, Any]:
        """What the partner is told of the member, so that a replay tells it again."""
        program = self.applied.program
        after = after_detail(program, books, now)
        for unit, one in redeemable_units(program, self.purchase.partner, books, Proof.NUMBER, self.asked_on, now).items():
            after["accounts"][unit]["redeemable"] = one.redeemable
        return after


def _within(window: WindowKey, counts: Iterable[CounterUse]) -> int:
    """What this purchase itself adds to a window."""
    return sum(use.amount for use in counts if use.name == window.name and window.from_day <= use.period <= window.to_day)


def purchase_reads(program: Program, needs: Needs, occurred_at: datetime, asked_on: str) -> Reads:
    """Counters of caps and burns, and the daily rows from which any window ending at this purchase or later can be summed."""
    windows = {(window.name, window.from_day) for window in (*needs.windows, *tier_windows(program, occurred_at - REVIEWABLE))}
    caps = tuple((key.name, key.period) for key in needs.counters)
    return Reads(counters=caps + burn_counters(program, asked_on), ranges=tuple(windows))


def facts_of(books: MemberBooks, needs: Needs, purchase: Purchase, now: datetime) -> Facts:
    return Facts(
        posted_at=now,
        tier=books.tier_at(purchase.occurred_at),
        counters={CounterKey(*key): books.counter(*key) for key in needs.counters},
        windows={window: books.window(*window) for window in needs.windows},
    )


def after_detail(program: Program, books: MemberBooks, now: datetime) -> dict[str, Any]:
    """What the member has after it, so that a replay tells the first answer again."""
    accounts = {unit: {"available": books.available(unit, now), "pending": books.pending(unit, now)} for unit in program.units}
    return {"tier": books.tier.tier, "accounts": accounts}


def because_detail(because: Because) -> dict[str, Any]:
    """The recorded form; raises TooLarge for what a cap cut from a rate that nobody can mean."""
    if abs(because.quantity) > LARGEST_MINOR:
        raise TooLarge("more than the books' integers hold")
    return {"rule": because.rule, "quantity": because.quantity, "unit": because.unit, "inputs": dict(because.inputs)}


def _accrual(accrual: Accrual, lot: NewLot, now: datetime) -> dict[str, Any]:
    return {
        "unit": accrual.unit,
        "quantity": accrual.quantity,
        "rule": accrual.rule,
        "state": "PENDING" if accrual.available_at > now else "AVAILABLE",
        "available_at": accrual.available_at.isoformat(),
        "expires_at": accrual.expires_at.isoformat() if accrual.expires_at else None,
        "lot": str(lot.lot_id),
        "because": [because_detail(because) for because in accrual.because],
    }


def line_detail(line: Line) -> dict[str, Any]:
    """Absent keys are absent values; `quantity` stays text, it is a decimal."""
    row: dict[str, Any] = {"id": line.line_id, "quantity": str(line.quantity), "amount": line.amount_minor}
    if line.sku is not None:
        row["sku"] = line.sku
    if line.category is not None:
        row["category"] = line.category
    if line.mcc is not None:
        row["mcc"] = line.mcc
    if line.kind is not LineKind.PRODUCT:
        row["kind"] = line.kind.value
    return row
