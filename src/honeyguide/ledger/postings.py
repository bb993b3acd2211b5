"""One function a business event that somebody sends: what a purchase, a redemption, a hold or an adjustment does to the books."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from honeyguide.ledger.accounts import adjusted_account, issued_account, redeemed_account
from honeyguide.ledger.draft import Draft
from honeyguide.ledger.holds import Hold, HoldState
from honeyguide.ledger.lots import Lot
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.posting import Posting
from honeyguide.ledger.recorded import Recorded

DetailOf = Callable[[MemberBooks], Mapping[str, Any]]


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
    rolls: bool = False

    def of(self, transaction_id: UUID) -> Lot:
        """The lot before anything moved."""
        return Lot(
            self.lot_id, transaction_id, self.unit, self.issuer, self.earned_at, self.available_at, self.expires_at, rolls=self.rolls
        )


@dataclass(frozen=True, slots=True)
class Count:
    """A counter that moves: a cap used, a step carried, a qualifying amount of a day."""

    name: str
    period: str
    amount: int


@dataclass(frozen=True, slots=True)
class Capture:
    """So much of a hold pays for something; the rest goes back."""

    hold_id: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class Aside:
    """What an event moves besides points: counters, a tier, and the date of a balance that activity moves (R29), by unit."""

    counts: tuple[Count, ...] = ()
    tier: TierSpan | None = None
    lasts_until: Mapping[str, datetime] = field(default_factory=dict)

    def on(self, draft: Draft) -> None:
        for count in self.counts:
            draft.count(count.name, count.period, count.amount)
        if self.tier is not None:
            draft.hold_tier(self.tier)
        for unit, moment in self.lasts_until.items():
            draft.last_until(unit, moment)


NOTHING_ASIDE = Aside()


def post_purchase(
    books: MemberBooks,
    recorded: Recorded,
    accruals: Iterable[NewLot],
    captures: Iterable[Capture],
    aside: Aside,
    detail: DetailOf,
    now: datetime,
) -> Posting:
    """A purchase: what it was paid with in points is captured, then a lot for each accrual, funded by its issuer (R24, R53)."""
    draft = Draft(books, now)
    for capture in captures:
        _capture(draft, books, recorded, capture)
    for accrual in accruals:
        funded_by = issued_account(books.program_id, accrual.issuer, accrual.unit)
        draft.accrue(accrual.of(recorded.transaction_id), accrual.amount, funded_by)
    aside.on(draft)
    return draft.posting(recorded, detail)


def post_redemption(
    books: MemberBooks, recorded: Recorded, unit: str, amount: int, acceptor: UUID, aside: Aside, detail: DetailOf, now: datetime
) -> Posting:
    """A redemption: lots burn in order, the acceptor is owed their worth. The caller has checked what is available."""
    draft = Draft(books, now)
    draft.burn(unit, amount, paid_to=redeemed_account(books.program_id, acceptor, unit))
    aside.on(draft)
    return draft.posting(recorded, detail)


def post_authorization(books: MemberBooks, recorded: Recorded, hold: Hold, aside: Aside, detail: DetailOf, now: datetime) -> Posting:
    """A hold: lots are pinned in burn order, no value moves (R14). The caller has checked what is available."""
    draft = Draft(books, now)
    draft.hold(hold)
    aside.on(draft)
    return draft.posting(recorded, detail)


def post_approval(books: MemberBooks, recorded: Recorded, hold_id: UUID, detail: DetailOf, now: datetime) -> Posting:
    """The member agrees to a hold that waits: nothing moves, but the shop may capture it from now on (R51)."""
    draft = Draft(books, now)
    draft.approve(hold_id)
    return draft.posting(recorded, detail)


def post_capture(books: MemberBooks, recorded: Recorded, capture: Capture, aside: Aside, detail: DetailOf, now: datetime) -> Posting:
    """A hold is taken, all or part: the pinned lots burn, what is left of them goes back. The caller has checked that it is open."""
    draft = Draft(books, now)
    _capture(draft, books, recorded, capture)
    aside.on(draft)
    return draft.posting(recorded, detail)


def post_void(books: MemberBooks, recorded: Recorded, hold_id: UUID, aside: Aside, detail: DetailOf, now: datetime) -> Posting:
    """A hold is given back: the shop never took it."""
    draft = Draft(books, now)
    draft.settle(hold_id, HoldState.VOIDED, recorded.transaction_id)
    aside.on(draft)
    return draft.posting(recorded, detail)


def post_adjustment(
    books: MemberBooks, recorded: Recorded, given: NewLot | None, unit: str, taken: int, aside: Aside, detail: DetailOf, now: datetime
) -> Posting:
    """An operator gives a lot, or takes `taken` from the lots in burn order; the operator's own account stands against it."""
    draft = Draft(books, now)
    against = adjusted_account(books.program_id, unit)
    if given is not None:
        draft.accrue(given.of(recorded.transaction_id), given.amount, funded_by=against)
    else:
        draft.burn(unit, taken, paid_to=against)
    aside.on(draft)
    return draft.posting(recorded, detail)


def post_tier(books: MemberBooks, recorded: Recorded, tier: TierSpan, detail: DetailOf, now: datetime) -> Posting:
    """A tier is given by hand, until a date (R34)."""
    draft = Draft(books, now)
    draft.hold_tier(tier)
    return draft.posting(recorded, detail)


def post_erasure(books: MemberBooks, recorded: Recorded, detail: DetailOf, now: datetime) -> Posting:
    """Everything personal is gone (R41): nothing moves, but the version rises, so that passes are drawn anew. Closed they are by now."""
    return Draft(replace(books, closed_at=books.closed_at or now), now).posting(recorded, detail)


def _capture(draft: Draft, books: MemberBooks, recorded: Recorded, capture: Capture) -> None:
    hold = draft.hold_of(capture.hold_id)
    acceptor = redeemed_account(books.program_id, hold.partner_id, hold.unit)
    draft.settle(capture.hold_id, HoldState.CAPTURED, recorded.transaction_id, capture.amount, acceptor)
