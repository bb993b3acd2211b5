"""One function a business event: what a purchase, a redemption, an adjustment or a date that came does to the books."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from honeyguide.ledger.accounts import adjusted_account, breakage_account, issued_account, redeemed_account
from honeyguide.ledger.draft import Draft, Posting
from honeyguide.ledger.lots import Lot, burn_order
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.recorded import Recorded, TransactionKind

DetailOf = Callable[[MemberBooks], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class NewLot:
    """What an accrual gives: `amount` minor units, funded by `issuer`, spendable from one date to another."""

    lot_id: UUID
    unit: str
    amount: int
    issuer: UUID
    earned_at: datetime
    available_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Count:
    """A counter that rises: a cap used, a step carried, a qualifying amount of a day."""

    name: str
    period: str
    amount: int


def post_purchase(
    books: MemberBooks,
    recorded: Recorded,
    accruals: Iterable[NewLot],
    counts: Iterable[Count],
    tier: TierSpan | None,
    detail: DetailOf,
    now: datetime,
) -> Posting:
    """A purchase: a lot for each accrual, funded by its issuer; counters and tier move with it."""
    draft = Draft(books, now)
    for accrual in accruals:
        draft.accrue(
            _lot(accrual, recorded.transaction_id),
            accrual.amount,
            funded_by=issued_account(books.program_id, accrual.issuer, accrual.unit),
        )
    for count in counts:
        draft.count(count.name, count.period, count.amount)
    if tier is not None:
        draft.hold_tier(tier)
    return draft.posting(recorded, detail)


def post_redemption(
    books: MemberBooks,
    recorded: Recorded,
    unit: str,
    amount: int,
    acceptor: UUID,
    counts: Iterable[Count],
    detail: DetailOf,
    now: datetime,
) -> Posting:
    """A redemption: lots burn in order, the acceptor is owed their worth. The caller has checked what is available."""
    draft = Draft(books, now)
    draft.burn(unit, amount, paid_to=redeemed_account(books.program_id, acceptor, unit))
    for count in counts:
        draft.count(count.name, count.period, count.amount)
    return draft.posting(recorded, detail)


def post_adjustment(
    books: MemberBooks, recorded: Recorded, given: NewLot | None, unit: str, taken: int, detail: DetailOf, now: datetime
) -> Posting:
    """An operator gives a lot, or takes `taken` from the lots in burn order; the operator's own account stands against it."""
    draft = Draft(books, now)
    against = adjusted_account(books.program_id, unit)
    if given is not None:
        draft.accrue(_lot(given, recorded.transaction_id), given.amount, funded_by=against)
    else:
        draft.burn(unit, taken, paid_to=against)
    return draft.posting(recorded, detail)


def post_activations(books: MemberBooks, program_version: int, now: datetime) -> tuple[tuple[Posting, ...], MemberBooks]:
    """Each pending lot whose date has come becomes open, in a transaction of its own whose id follows from the lot; and the books then."""
    postings: list[Posting] = []
    for lot in [lot for lot in books.lots.values() if lot.is_due(now)]:
        draft = Draft(books, now)
        draft.activate(lot)
        postings.append(draft.posting(_activation(books, lot, program_version, now), partial(_activation_detail, lot)))
        books = postings[-1].books
    return tuple(postings), books


def post_expiries(books: MemberBooks, program_version: int, now: datetime) -> tuple[tuple[Posting, ...], MemberBooks]:
    """Each lot whose date has come loses what is open of it, in a transaction of its own (R30); and the books then.

    Its id follows from the lot and from what expired of it before, for points that come back to an expired lot expire again.
    """
    postings: list[Posting] = []
    for lot in sorted((lot for lot in books.lots.values() if lot.open and lot.is_expired(now)), key=burn_order):
        draft = Draft(books, now)
        draft.expire(lot, breakage_account(books.program_id, lot.unit))
        name = f"expiry/{lot.lot_id}/{lot.expired}"
        recorded = _own_event(books, TransactionKind.EXPIRY, name, program_version, now, of=lot.transaction_id, occurred_at=lot.expires_at)
        postings.append(draft.posting(recorded, partial(_expiry_detail, lot)))
        books = postings[-1].books
    return tuple(postings), books


def post_tier_review(books: MemberBooks, tier: TierSpan, program_version: int, now: datetime) -> Posting:
    """The tier's end has come: what the member holds from then on."""
    draft = Draft(books, now)
    reviewed = books.tier.until or now
    draft.hold_tier(tier)
    recorded = _own_event(books, TransactionKind.TIER_REVIEW, f"tier-review/{books.member_id}/{reviewed.isoformat()}", program_version, now)
    return draft.posting(recorded, lambda _: {"before": books.tier.tier, "tier": tier.tier})


def _lot(new: NewLot, transaction_id: UUID) -> Lot:
    return Lot(new.lot_id, transaction_id, new.unit, new.issuer, new.earned_at, new.available_at, new.expires_at)


def _activation(books: MemberBooks, lot: Lot, program_version: int, now: datetime) -> Recorded:
    return _own_event(books, TransactionKind.ACTIVATION, f"activation/{lot.lot_id}", program_version, now, of=lot.transaction_id)


def _activation_detail(lot: Lot, after: MemberBooks) -> dict[str, Any]:
    """Posted does not change by it; it is kept, so that the activity list can tell the balance at that moment."""
    return {"unit": lot.unit, "quantity": lot.pending, "lot": str(lot.lot_id), "balance_after": after.balance(lot.unit).posted}


def _expiry_detail(lot: Lot, after: MemberBooks) -> dict[str, Any]:
    return {"unit": lot.unit, "quantity": lot.open, "lot": str(lot.lot_id), "earned_at": lot.earned_at.isoformat()}


def _own_event(
    books: MemberBooks,
    kind: TransactionKind,
    name: str,
    program_version: int,
    now: datetime,
    *,
    of: UUID | None = None,
    occurred_at: datetime | None = None,
) -> Recorded:
    """A transaction that nobody sent: its id follows from its cause, so a second sweep posts nothing twice."""
    return Recorded(
        program_id=books.program_id,
        member_id=books.member_id,
        transaction_id=uuid5(books.program_id, name),
        kind=kind,
        of_transaction=of,
        occurred_at=occurred_at or now,
        posted_at=now,
        program_version=program_version,
    )
