"""What happens by itself at a date: lots mature and expire, holds lapse, tiers are reviewed, members are warned.

Each is a transaction of its own whose id follows from its cause, so whoever comes second, a sweep or a purchase, posts nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from honeyguide.ledger.because import reason
from honeyguide.ledger.draft import Draft
from honeyguide.ledger.holds import Hold, HoldState
from honeyguide.ledger.lots import Lot, burn_order
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.recorded import Recorded, TransactionKind

Posted = tuple[tuple[Posting, ...], MemberBooks]


def post_lapses(books: MemberBooks, program_version: int, now: datetime, *, all_open: bool = False) -> Posted:
    """Each hold whose time is over (or, where a member leaves, each open one) goes back to its lots; and the books then."""
    postings: list[Posting] = []
    open_holds = (hold for hold in books.holds.values() if hold.state is HoldState.OPEN)
    for hold in sorted((hold for hold in open_holds if all_open or hold.is_overdue(now)), key=lambda hold: (hold.expires_at, hold.hold_id)):
        recorded = own_event(
            books, TransactionKind.LAPSE, f"lapse/{hold.hold_id}", program_version, now, of=hold.hold_id, at=min(hold.expires_at, now)
        )
        draft = Draft(books, now)
        draft.settle(hold.hold_id, HoldState.LAPSED, recorded.transaction_id)
        postings.append(draft.posting(replace(recorded, partner_id=hold.partner_id), partial(_lapse_detail, hold)))
        books = postings[-1].books
    return tuple(postings), books


def post_activations(books: MemberBooks, program_version: int, now: datetime) -> Posted:
    """Each pending lot whose date has come becomes open; and the books then."""
    postings: list[Posting] = []
    for lot in [lot for lot in books.lots.values() if lot.is_due(now)]:
        draft = Draft(books, now)
        draft.activate(lot)
        recorded = own_event(books, TransactionKind.ACTIVATION, f"activation/{lot.lot_id}", program_version, now, of=lot.transaction_id)
        postings.append(draft.posting(recorded, partial(_activation_detail, lot)))
        books = postings[-1].books
    return tuple(postings), books


def post_expiries(books: MemberBooks, program_version: int, now: datetime) -> Posted:
    """Each lot whose date has come loses what is open of it, in a transaction of its own (R30); and the books then.

    Its id follows from the lot and from what expired of it before, for points that come back to an expired lot expire again.
    """
    postings: list[Posting] = []
    for lot in sorted((lot for lot in books.lots.values() if lot.open and lot.is_expired(now)), key=burn_order):
        draft = Draft(books, now)
        draft.expire(lot)
        name = f"expiry/{lot.lot_id}/{lot.expired}/{lot.expires_at}"
        recorded = own_event(books, TransactionKind.EXPIRY, name, program_version, now, of=lot.transaction_id, at=lot.expires_at)
        postings.append(draft.posting(recorded, partial(_expiry_detail, lot)))
        books = postings[-1].books
    return tuple(postings), books


def post_tier_review(books: MemberBooks, tier: TierSpan, program_version: int, now: datetime) -> Posting:
    """The tier's end has come: what the member holds from then on."""
    draft = Draft(books, now)
    reviewed = books.tier.until or now
    draft.hold_tier(tier)
    name = f"tier-review/{books.member_id}/{reviewed.isoformat()}"
    recorded = own_event(books, TransactionKind.TIER_REVIEW, name, program_version, now)
    return draft.posting(recorded, lambda _: {"before": books.tier.tier, "tier": tier.tier})


def post_tier_warning(books: MemberBooks, warning: Mapping[str, Any], program_version: int, now: datetime) -> Posting:
    """The tier is at risk, and the member is told what is missing, once for each tier that he was given (R34).

    The same end may be given again: by hand, or by a return that brings an earlier tier back; so the id follows from how many there were.
    """
    told = replace(books, tier=replace(books.tier, warn_at=None))
    name = f"tier-warning/{books.member_id}/{len(books.tier_history)}/{books.tier.until}"
    recorded = own_event(books, TransactionKind.TIER_WARNING, name, program_version, now, at=books.tier.warn_at)
    return Draft(told, now).posting(recorded, lambda _: {"tier": books.tier.tier, **warning})


def post_reinstatement(
    books: MemberBooks, unit: str, lots: Mapping[UUID, datetime | None], cause: UUID, program_version: int, now: datetime
) -> Posting:
    """What expired of these lots lately is there again, from breakage, until a new date (R29); `cause` is the activity that brought it about."""
    draft = Draft(books, now)
    restored = {lot_id: books.expired_lately[lot_id] for lot_id in lots}
    draft.reinstate(unit, {lot_id: (restored[lot_id], until) for lot_id, until in lots.items()})
    name = f"reinstatement/{unit}/{cause}"
    recorded = own_event(books, TransactionKind.REINSTATEMENT, name, program_version, now, of=cause)
    total = sum(restored.values())
    return draft.posting(
        recorded,
        lambda _: {
            "unit": unit,
            "quantity": total,
            "lots": {str(lot_id): amount for lot_id, amount in restored.items()},
            "because": [reason("", total, unit, kind="reinstatement", lots=len(restored))],
        },
    )


def own_event(
    books: MemberBooks,
    kind: TransactionKind,
    name: str,
    program_version: int,
    now: datetime,
    *,
    of: UUID | None = None,
    at: datetime | None = None,
) -> Recorded:
    """A transaction that nobody sent: its id follows from its cause."""
    return Recorded(
        program_id=books.program_id,
        member_id=books.member_id,
        transaction_id=uuid5(books.program_id, name),
        kind=kind,
        of_transaction=of,
        occurred_at=at or now,
        posted_at=now,
        program_version=program_version,
    )


def _lapse_detail(hold: Hold, after: MemberBooks) -> dict[str, Any]:
    return {
        "unit": hold.unit,
        "quantity": hold.amount,
        "hold": str(hold.hold_id),
        "balance_after": after.balance(hold.unit).posted,
        "because": [reason("", hold.amount, hold.unit, kind="lapse")],
    }


def _activation_detail(lot: Lot, after: MemberBooks) -> dict[str, Any]:
    """Posted does not change by it; it is kept, so that the activity list can tell the balance at that moment."""
    return {
        "unit": lot.unit,
        "quantity": lot.pending,
        "lot": str(lot.lot_id),
        "balance_after": after.balance(lot.unit).posted,
        "because": [reason("", lot.pending, lot.unit, kind="activation", earned_at=lot.earned_at.isoformat())],
    }


def _expiry_detail(lot: Lot, after: MemberBooks) -> dict[str, Any]:
    return {
        "unit": lot.unit,
        "quantity": lot.open,
        "lot": str(lot.lot_id),
        "earned_at": lot.earned_at.isoformat(),
        "because": [reason("", lot.open, lot.unit, kind="expiry", earned_at=lot.earned_at.isoformat())],
    }
