"""The intent of a purchase: what it earns and what of it was paid in points, decided on the member's locked books; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from honeyguide.ledger.lots import Lot
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.own_events import post_reinstatement
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.postings import Aside, Count, NewLot, post_purchase
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.catching_up import catch_up
from honeyguide.members.proof import Proof
from honeyguide.members.standing import REVIEWABLE, held_tier, qualifying_rows, span_of, within, year_begins_on
from honeyguide.programs.basis import on_basis
from honeyguide.programs.current import Applied
from honeyguide.programs.evaluation import Accrual, CounterKey, CounterUse, Evaluation, Facts, Needs, evaluate
from honeyguide.programs.expiry import Activity, lasts_until, reinstated_until, reinstatement_days
from honeyguide.programs.ladder import qualifying_counter
from honeyguide.programs.program import Program
from honeyguide.programs.purchase import Purchase
from honeyguide.programs.tiers import assess, tier_windows
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.outcomes import PARK, Decision, Refusal
from honeyguide.transactions.burn_limits import burn_counters, redeemable_units
from honeyguide.transactions.member_limits import above_limit, limit_counters, limit_counts
from honeyguide.transactions.purchase_detail import after_detail, evaluation_detail, line_detail
from honeyguide.transactions.tenders import Tender, captures_of, paid_in_points, tender_detail


@dataclass(frozen=True, slots=True)
class PurchaseIntent:
    """A purchase of one member at one partner; `facts` are recorded with it and decide nothing (terminal, cashier, flags).

    `rules` are those in force when it happened (R10); `applied` is the program of today, which holds for the tier kept from now on.
    """

    applied: Applied
    rules: Applied
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
    tenders: tuple[Tender, ...] = ()
    of_transaction: UUID | None = None  # the anonymous purchase that is claimed (R54)
    amount_minor: int | None = None  # where returned lines make the receipt's amount another than that of what was bought
    returned: tuple[dict[str, Any], ...] = field(default=())  # those lines, recorded
    limited: bool = True  # False: somebody has looked at it, so no limit parks it
    shop: str | None = None  # the only one that the credential serves
    earns: bool = True  # False: staff who earn nothing where they work

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        """Accrue by the program and the tier of the purchase's moment (R9, R10); what happened by itself meanwhile comes first."""
        earlier, books = catch_up(books, self.applied, now, rows_from=self.reads.rows_from)
        return self.decided(earlier, books, now)

    def decided(self, earlier: tuple[Posting, ...], books: MemberBooks, now: datetime) -> Decision | Refusal:
        """The same on books that are up to date."""
        captures = captures_of(self.tenders, self.applied.program, self.partner_id, self.shop, books, now)
        if isinstance(captures, Refusal):
            return captures
        captured = {capture.hold_id: capture.amount for capture in captures}
        reinstated, books = self._reinstated(books, now)
        facts = facts_of(books, self.needs, self.purchase, now)
        evaluation = self._evaluated(facts)
        earned = _earned(evaluation)
        reason = above_limit(self.applied.program, books, self.purchase.amount_minor, earned, self.asked_on) if self.limited else None
        if reason is not None:
            return Refusal(PARK, {"reason": reason})
        lots = [self._lot(number, accrual) for number, accrual in enumerate(evaluation.accruals)]
        tier = self._new_tier(books, evaluation.counters)
        counts = tuple(Count(use.name, use.period, use.amount) for use in evaluation.counters)
        counts += limit_counts(self.applied.program, self.purchase.amount_minor, earned, self.asked_on)
        posting = post_purchase(
            books,
            self.recorded(now),
            lots,
            captures,
            Aside(counts, tier, self._lasts_until(evaluation.accruals, facts.tier)),
            lambda after: {
                **self.bought(),
                **({"tenders": [tender_detail(tender, books, captured) for tender in self.tenders]} if self.tenders else {}),
                **evaluation_detail(evaluation, lots, facts, now),
                **self._promotion(books, tier),
                "after": self._after(after, now),
            },
            now,
        )
        return Decision((*earlier, *reinstated, posting))

    def _evaluated(self, facts: Facts) -> Evaluation:
        """A receipt on which things only come back is no visit; who works there may earn nothing."""
        if (self.returned and not self.purchase.lines) or not self.earns:
            return Evaluation()
        return evaluate(self.rules.program, on_basis(self.rules.program, self.purchase, paid_in_points(self.tenders)), facts)

    def _reinstated(self, books: MemberBooks, now: datetime) -> tuple[tuple[Posting, ...], MemberBooks]:
        """What expired a short while ago is there again, for the member is (R29); lots are known where the program has such a window."""
        if self.reads.expired_since is None:
            return (), books
        program, postings = self.applied.program, []
        for unit in program.units:
            lots = _reinstatable(program, unit, books, self.purchase.occurred_at)
            if lots:
                postings.append(post_reinstatement(books, unit, lots, self.transaction_id, self.applied.version, now))
                books = postings[-1].books
        return tuple(postings), books

    def _lot(self, number: int, accrual: Accrual) -> NewLot:
        return NewLot(
            lot_id=uuid5(self.transaction_id, str(number)),
            unit=accrual.unit,
            amount=accrual.quantity,
            issuer=self.partner_id,
            earned_at=self.purchase.occurred_at,
            available_at=accrual.available_at,
            expires_at=accrual.expires_at,
            rolls=accrual.rolls,
        )

    def _new_tier(self, books: MemberBooks, counts: Iterable[CounterUse]) -> TierSpan | None:
        """The tier that this purchase earns; a late post is judged as of the tier reached meanwhile, so nothing is undone."""
        held, occurred_at = books.tier, self.purchase.occurred_at
        as_of = max(occurred_at, held.since) if held.until and held.since else occurred_at
        current = held_tier(books)
        program = self.applied.program
        anniversary = year_begins_on(program, books)
        amounts = {window: books.window(*window) + within(window, counts) for window in tier_windows(program, as_of, anniversary)}
        earned = assess(program, current, amounts, as_of, anniversary)
        if earned is None or earned == current or (current is not None and earned.code == current.code and earned.until == current.until):
            return None
        return span_of(program, earned, books)

    def _lasts_until(self, accruals: Iterable[Accrual], tier: str | None) -> Mapping[str, datetime]:
        """Activity moves the date of balances that roll (R29)."""
        program = self.rules.program
        if not program.plan.rolling:
            return {}
        day, earned = program.local_day(self.purchase.occurred_at), {accrual.unit for accrual in accruals}
        moved = {}
        for unit in program.plan.rolling:
            events: tuple[Activity, ...] = ("purchase", "accrual") if unit in earned else ("purchase",)
            dates = [moment for event in events if (moment := lasts_until(program, unit, event, day, tier)) is not None]
            if dates:
                moved[unit] = max(dates)
        return moved

    def recorded(self, now: datetime) -> Recorded:
        return Recorded(
            program_id=self.program_id,
            member_id=self.member_id,
            transaction_id=self.transaction_id,
            kind=TransactionKind.PURCHASE,
            of_transaction=self.of_transaction,
            partner_id=self.partner_id,
            location=self.purchase.location,
            reference=self.partner_reference,
            business_date=self.business_date,
            amount_minor=self.purchase.amount_minor if self.amount_minor is None else self.amount_minor,
            currency=self.purchase.currency,
            occurred_at=self.purchase.occurred_at,
            posted_at=now,
            program_version=self.rules.version,
        )

    def bought(self) -> dict[str, Any]:
        """What was sent, whoever it was: facts and lines."""
        lines = [line_detail(line) for line in self.purchase.lines]
        return {**self.facts, "lines": [*lines, *self.returned], **({"returns": True} if self.returned else {})}

    def _promotion(self, books: MemberBooks, tier: TierSpan | None) -> dict[str, Any]:
        """That this purchase brought the tier about: a reversal may take it back with it (R25)."""
        if tier is None or tier.tier == books.tier.tier:
            return {}
        before = books.tier
        since, until = (moment.isoformat() if moment else None for moment in (before.since, before.until))
        return {"promotion": {"from": before.tier, "since": since, "until": until, "to": tier.tier}}

    def _after(self, books: MemberBooks, now: datetime) -> dict[str, Any]:
        """What the partner is told of the member, so that a replay tells it again."""
        program = self.applied.program
        after = after_detail(program, books, now)
        for unit, one in redeemable_units(program, self.purchase.partner, books, Proof.NUMBER, self.asked_on, now).items():
            after["accounts"][unit]["redeemable"] = one.redeemable
        return after


def purchase_reads(program: Program, rules: Program, needs: Needs, occurred_at: datetime, asked_on: str) -> Reads:
    """Counters of caps and burns, and the daily rows from which any window ending at this purchase or later can be summed.

    What counted by the rules of its day counts on, whether today's program still has the metric or not. Where what expired may come
    back, the lots are read: a sweep may have been there, and nothing be due.
    """
    windows = {*((window.name, window.from_day) for window in needs.windows), *qualifying_rows(program, occurred_at - REVIEWABLE)}
    caps = tuple((key.name, key.period) for key in needs.counters)
    day = rules.local_day(occurred_at).isoformat()
    metrics = rules.tiers.metrics if rules.tiers is not None and rules is not program else ()
    days = max((reinstatement_days(program, unit) or 0 for unit in program.units), default=0)
    return Reads(
        counters=caps
        + burn_counters(program, asked_on)
        + limit_counters(program, asked_on)
        + tuple((qualifying_counter(metric), day) for metric in metrics),
        ranges=tuple(windows),
        lots=days > 0,
        expired_since=occurred_at - timedelta(days=days) if days else None,
    )


def _earned(evaluation: Evaluation) -> dict[str, int]:
    """Minor units by unit."""
    earned: dict[str, int] = {}
    for accrual in evaluation.accruals:
        earned[accrual.unit] = earned.get(accrual.unit, 0) + accrual.quantity
    return earned


def facts_of(books: MemberBooks, needs: Needs, purchase: Purchase, now: datetime) -> Facts:
    return Facts(
        posted_at=now,
        tier=books.tier_at(purchase.occurred_at),
        counters={CounterKey(*key): books.counter(*key) for key in needs.counters},
        windows={window: books.window(*window) for window in needs.windows},
    )


def _reinstatable(program: Program, unit: str, books: MemberBooks, at: datetime) -> dict[UUID, datetime | None]:
    """Lots of the unit that expired so shortly before that a purchase at this moment brings them back, with their new dates."""
    days = reinstatement_days(program, unit)
    if days is None:
        return {}
    until = reinstated_until(program, unit, program.local_day(at), books.tier_at(at))
    return {
        lot.lot_id: until
        for lot in books.lots.values()
        if lot.unit == unit and books.expired_lately.get(lot.lot_id, 0) > 0 and _lately(lot, days, at)
    }


def _lately(lot: Lot, days: int, at: datetime) -> bool:
    return lot.expires_at is not None and lot.expires_at <= at <= lot.expires_at + timedelta(days=days)
