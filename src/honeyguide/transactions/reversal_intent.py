"""The intent of a reversal: what of a purchase or redemption goes back, decided on the member's locked books; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.because import reason
from honeyguide.ledger.lots import Move, burn_order
from honeyguide.ledger.member_books import MemberBooks, Past, TierSpan
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import Aside, Count
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.ledger.reversals import ClawbackPolicy, Clawed, NotCoveredError, Returning, Taking, post_reversal
from honeyguide.members.catching_up import catch_up
from honeyguide.members.standing import tier_after_return
from honeyguide.programs.current import Applied
from honeyguide.programs.late_returns import date_of_returned
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.outcomes import Decision, Refusal
from honeyguide.transactions.most import UNIT, most_of
from honeyguide.transactions.purchase_detail import RecordedAccrual, RecordedPurchase, after_detail
from honeyguide.transactions.remainder import PARTLY_REVERSED, REVERSED, Kept, kept_of, restored_by_lot, returned_so_far, state_left
from honeyguide.transactions.reversal_request import ABOVE, Asked, returned_of


@dataclass(frozen=True, slots=True)
class Unwound:
    """What one reversal does: accruals taken, points returned, counters moved, and why."""

    takings: tuple[Taking, ...]
    returnings: tuple[Returning, ...]
    counts: tuple[Count, ...]
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReversalIntent:
    """`then` is the program version that the original was posted under; `purchase` is None where the original is a redemption."""

    applied: Applied
    then: Applied
    original: Recorded
    purchase: RecordedPurchase | None
    asked: Asked
    transaction_id: UUID
    key: Key | None
    reference: Reference | None
    partner_reference: str | None
    business_date: date
    location: str | None
    occurred_at: datetime
    reads: Reads
    facts: Mapping[str, Any]
    pool_has_it: bool = False  # and does not pay: what the member has not is no loss that a policy could write off

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def member_id(self) -> UUID:
        return self.original.member_id

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        earlier, books = catch_up(books, self.applied, now, rows_from=self.reads.rows_from)
        decided = self.decided(books, now)
        return decided if isinstance(decided, Refusal) else Decision((*earlier, decided))

    def decided(self, books: MemberBooks, now: datetime) -> Posting | Refusal:
        """The same on books that are up to date; what was reversed before is in `books.past`."""
        past = books.past.get(self.original.transaction_id, Past())
        unwound = self._redemption(past, books, now) if self.purchase is None else self._purchase(self.purchase, past, books, now)
        if isinstance(unwound, Refusal):
            return unwound
        aside = Aside(unwound.counts, self._tier(books, unwound.counts, now))
        try:
            return post_reversal(
                books,
                self.recorded(now, unwound.detail),
                unwound.takings,
                unwound.returnings,
                aside,
                lambda after, clawed: self._detail(unwound, clawed, after, now),
                now,
            )
        except NotCoveredError as error:
            return Refusal(
                "INSUFFICIENT_BALANCE", {"path": ["transaction"], "unit": error.unit, "asked": error.asked, "available": error.available}
            )

    def _purchase(self, purchase: RecordedPurchase, past: Past, books: MemberBooks, now: datetime) -> Unwound | Refusal:
        so_far = returned_so_far(past.reversals)
        asked = returned_of(self.asked, purchase.purchase, so_far)
        if isinstance(asked, Refusal):
            return asked
        returned = so_far.plus(asked)
        kept = kept_of(purchase, self.then.program, returned)
        taken = _taken_so_far(past)
        takings, because = [], []
        for accrual, left in zip(purchase.accruals, kept.accruals, strict=True):
            amount = accrual.quantity - left - taken.get(accrual.lot_id, 0)
            if amount > 0:
                assert self.original.partner_id is not None
                takings.append(Taking(accrual.unit, amount, accrual.lot_id, self.original.partner_id, self._policy(books, accrual, now)))
                inputs = {"earned": accrual.quantity, "kept": left, "refunded": asked.total, "remaining": kept.amount}
                because.append(reason(accrual.rule, -amount, accrual.unit, kind="reversal", **inputs))
        returnings, allowed = self._paid_back(purchase, kept, past, books, now)
        leaves = state_left(purchase.purchase, returned)
        detail = {"refunded": asked.as_json(), "remaining": kept.amount, "leaves": leaves, "because": because}
        return Unwound(tuple(takings), returnings, (*self._counts(purchase.counts, kept.counts, past), *allowed), detail)

    def _paid_back(
        self, purchase: RecordedPurchase, kept: Kept, past: Past, books: MemberBooks, now: datetime
    ) -> tuple[tuple[Returning, ...], tuple[Count, ...]]:
        """What the purchase was paid with in points comes back as it shrinks, and with it the day's limit that they used up (R24)."""
        returnings: list[Returning] = []
        used: dict[tuple[str, str], int] = {}
        still: dict[tuple[str, str], int] = {}
        for unit in dict.fromkeys(tender.unit for tender in purchase.paid):
            total = sum(tender.quantity - left for tender, left in zip(purchase.paid, kept.paid, strict=True) if tender.unit == unit)
            returnings += self._returned(unit, total, past, books, now)
        for tender, left in zip(purchase.paid, kept.paid, strict=True):
            if tender.counter is not None:  # each hold used up the limit of its own day and proof, or none
                used[tender.counter] = used.get(tender.counter, 0) + tender.quantity
                still[tender.counter] = still.get(tender.counter, 0) + left
        return tuple(returnings), self._counts(used, still, past)

    def _redemption(self, past: Past, books: MemberBooks, now: datetime) -> Unwound | Refusal:
        """Points return to their lots, partly and repeatedly up to the total (R23)."""
        unit, quantity = self.original.detail["unit"], self.original.detail["quantity"]
        left = quantity - sum(row["quantity"] for detail in past.reversals for row in detail.get("returned", ()))
        if left <= 0:
            return Refusal("NOTHING_LEFT_TO_REVERSE", {"path": ["transaction"]})
        asked = left if self.asked.quantity is None else self.asked.quantity
        if asked > left:
            path = ["what", "quantity" if self.asked.amount is None else "amount"]
            return Refusal(ABOVE, {"path": path, **most_of(left, UNIT + unit)})
        returnings = self._returned(unit, quantity - left + asked, past, books, now)
        counts = [Count(name, period, -asked) for name, period, _ in self.original.detail.get("counts", ())]
        return Unwound((), tuple(returnings), tuple(counts), {"leaves": REVERSED if asked == left else PARTLY_REVERSED, "because": []})

    def _returned(self, unit: str, total: int, past: Past, books: MemberBooks, now: datetime) -> list[Returning]:
        """Back to the very lots (R23): of `total` to have come back after this, what did not before."""
        burned, restored = self._lots_of(unit, past, books)
        amount = total - sum(restored.values())
        program = self.then.program if unit in self.then.program.units else self.applied.program  # paid in a unit that came later
        until = date_of_returned(program, unit, now)
        return [
            Returning(lot_id, part, self._acceptor, until if books.lots[lot_id].is_expired(now) else None)
            for lot_id, part in restored_by_lot(burned, restored, amount)
        ]

    def _lots_of(self, unit: str, past: Past, books: MemberBooks) -> tuple[list[tuple[UUID, int]], dict[UUID, int]]:
        """What the original burned of each lot of the unit, in burn order, and what came back to each."""
        burned: dict[UUID, int] = {}
        restored: dict[UUID, int] = {}
        for move in past.moves:
            took = move.transaction_id == self.original.transaction_id and move.what in (Move.BURN, Move.CAPTURE)
            # Other lots that a reversal took from may be gone by now; those that the original burned are always read.
            if (took or move.what is Move.RESTORE) and books.lots[move.lot_id].unit == unit:
                amounts = burned if took else restored
                amounts[move.lot_id] = amounts.get(move.lot_id, 0) + move.amount
        return sorted(burned.items(), key=lambda row: burn_order(books.lots[row[0]])), restored

    @property
    def _acceptor(self) -> UUID:
        assert self.original.partner_id is not None
        return self.original.partner_id

    def _policy(self, books: MemberBooks, accrual: RecordedAccrual, now: datetime) -> ClawbackPolicy:
        """That of the program version of record; nobody is left to owe anything where the books are closed (R41).

        What lies in a pool is owed: bought and returned again and again, it would grow there.
        """
        if books.closed_at is not None:
            return ClawbackPolicy.CLAMP
        policy = self.then.program.units[accrual.unit].clawback
        writes_off = policy is ClawbackPolicy.CLAMP or (policy is ClawbackPolicy.ONLY_PENDING and accrual.available_at > now)
        return ClawbackPolicy.UNLIMITED if self.pool_has_it and writes_off else policy

    def _counts(self, recorded: Mapping[tuple[str, str], int], kept: Mapping[tuple[str, str], int], past: Past) -> tuple[Count, ...]:
        """Caps, carried steps and qualifying amounts go back to what the remaining purchase would have counted (R25)."""
        before: dict[tuple[str, str], int] = {}
        for detail in past.reversals:
            for name, period, amount in detail.get("counts", ()):
                before[name, period] = before.get((name, period), 0) + amount
        moved = ((key, kept.get(key, 0) - amount - before.get(key, 0)) for key, amount in recorded.items())
        return tuple(Count(*key, amount) for key, amount in moved if amount)

    def _tier(self, books: MemberBooks, counts: Iterable[Count], now: datetime) -> TierSpan | None:
        return tier_after_return(self.applied.program, books, counts, now, self.reads.rows_from, self.original.detail.get("promotion"))

    def recorded(self, now: datetime, detail: Mapping[str, Any]) -> Recorded:
        return Recorded(
            program_id=self.program_id,
            member_id=self.member_id,
            transaction_id=self.transaction_id,
            kind=TransactionKind.REVERSAL,
            of_transaction=self.original.transaction_id,
            partner_id=self.original.partner_id,
            location=self.location,
            reference=self.partner_reference,
            business_date=self.business_date,
            amount_minor=-detail["refunded"]["total"] if "refunded" in detail else None,  # money leaves the shop
            currency=self.original.currency if self.purchase is not None else None,
            occurred_at=self.occurred_at,
            posted_at=now,
            program_version=self.then.version,
            detail=dict(detail),
        )

    def _detail(self, unwound: Unwound, clawed: tuple[Clawed, ...], after: MemberBooks, now: datetime) -> dict[str, Any]:
        """What the next reversal and every explanation read; quantities above 0, `because` signed as the member sees it."""
        rules = {accrual.lot_id: accrual.rule for accrual in self.purchase.accruals} if self.purchase else {}
        taken = [_taken_detail(one, rules[one.taking.lot_id]) for one in clawed]
        returned = _returned_detail(unwound.returnings, after)
        because = [*unwound.detail["because"]]
        because += [reason("", row["quantity"], row["unit"], kind="restore", lots=len(row["lots"])) for row in returned]
        return {
            **self.facts,
            "of": str(self.original.transaction_id),
            **unwound.detail,
            **({"taken": taken} if taken else {}),
            **({"returned": returned} if returned else {}),
            **({"counts": [[count.name, count.period, count.amount] for count in unwound.counts]} if unwound.counts else {}),
            "because": because,
            "after": after_detail(self.applied.program, after, now),
        }


def _taken_so_far(past: Past) -> dict[UUID, int]:
    taken: dict[UUID, int] = {}
    for detail in past.reversals:
        for row in detail.get("taken", ()):
            lot_id = UUID(row["lot"])
            taken[lot_id] = taken.get(lot_id, 0) + row["quantity"]
    return taken


def _taken_detail(clawed: Clawed, rule: str) -> dict[str, Any]:
    taking = clawed.taking
    names = ("from_pending", "from_lot", "from_breakage", "from_other_lots", "debt", "written_off")
    parts = {name: getattr(clawed, name) for name in names if getattr(clawed, name)}
    return {
        "unit": taking.unit,
        "quantity": taking.amount,
        "lot": str(taking.lot_id),
        "rule": rule,
        "because": [reason("", -taking.amount, taking.unit, kind="clawback", **parts)],
    }


def _returned_detail(returnings: Iterable[Returning], after: MemberBooks) -> list[dict[str, Any]]:
    by_unit: dict[str, dict[str, int]] = {}
    for returning in returnings:
        lots = by_unit.setdefault(after.lots[returning.lot_id].unit, {})
        lots[str(returning.lot_id)] = lots.get(str(returning.lot_id), 0) + returning.amount
    return [{"unit": unit, "quantity": sum(lots.values()), "lots": lots} for unit, lots in by_unit.items()]
