"""Points go from one member to another: two transactions of one member each, the second by an id that follows from the first.

Whatever dies between the two leaves the first side in the books with all that the second needs; `sweep_handovers` posts it, once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from honeyguide.database import Database
from honeyguide.ledger.because import reason
from honeyguide.ledger.handovers import Handover, all_of, other_side, owed_of, post_handing_in, post_handing_out, some_of
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.postings import NOTHING_ASIDE, Aside
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.members.catching_up import catch_up
from honeyguide.members.handed import half_handed
from honeyguide.members.recorded_now import recorded_now
from honeyguide.programs.current import Applied
from honeyguide.till.batch import HANDOVER
from honeyguide.till.intent import Key, Reads
from honeyguide.till.outcomes import Decision, Outcome, Posted, Refusal
from honeyguide.till.till import Till

# How far back a sweep looks for first sides without their second.
SWEPT_FOR = timedelta(days=30)
_AT_ONCE = 500
# Why what a member of a household earned goes to its pool.
HOUSEHOLD_EARNINGS = "household_earnings"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HandOutIntent:
    """The first side: `amount` minor units of `unit`, the lots first that would burn first, or what is left of the lots of `earned_by`,
    and of `debts`.

    `facts` are kept on both sides: reason, note, by whom.
    """

    applied: Applied
    member_id: UUID
    to: UUID
    transaction_id: UUID
    key: Key | None = None
    unit: str = ""
    amount: int = 0
    earned_by: frozenset[UUID] = frozenset()
    debts: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def reads(self) -> Reads:
        return Reads(lots=True)

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        earlier, books = catch_up(books, self.applied, now, rows_from=None)
        if self.earned_by or self.debts:
            handover = replace(self._earned(books), debts=owed_of(books, self.debts))
            if not handover.lots and not handover.debts:
                return Decision(earlier)
        else:
            available = max(books.available(self.unit, now), 0)
            if self.amount > available:
                return Refusal("INSUFFICIENT_BALANCE", {"unit": self.unit, "asked": self.amount, "available": available})
            handover = some_of(books, self.unit, self.amount, now)
        recorded = recorded_now(books, self.applied, self.transaction_id, TransactionKind.TRANSFER, now)
        detail = handing_out_detail(handover, self.to, self.transaction_id, self.facts)
        return Decision((*earlier, post_handing_out(books, recorded, handover, lambda _: detail, now)))

    def _earned(self, books: MemberBooks) -> Handover:
        """To a pool nothing goes that is to repay what the member owes: pooled while it is pending, it never would."""
        pools = self.facts.get("reason") == HOUSEHOLD_EARNINGS
        lots = [lot for lot in books.lots.values() if lot.transaction_id in self.earned_by]
        return all_of(books, [lot for lot in lots if not (pools and books.balance(lot.unit).debt)])


@dataclass(frozen=True, slots=True)
class HandInIntent:
    """The second side of a first one that is in the books; its claim makes it happen once, whoever finds it missing."""

    applied: Applied
    first: Recorded
    reference: None = None

    @property
    def program_id(self) -> UUID:
        return self.applied.program_id

    @property
    def member_id(self) -> UUID:
        return UUID(self.first.detail["to"])

    @property
    def transaction_id(self) -> UUID:
        return other_side(self.first.transaction_id)

    @property
    def key(self) -> Key:
        return Key(HANDOVER, str(self.first.transaction_id), b"handover")

    @property
    def reads(self) -> Reads:
        return Reads(lots=True)

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        earlier, books = catch_up(books, self.applied, now, rows_from=None)
        handover = Handover.of_json(self.first.detail["handover"])
        recorded = recorded_now(books, self.applied, self.transaction_id, self.first.kind, now)
        detail = handing_in_detail(handover, self.first.member_id, _facts_of(self.first))
        aside = Aside(lasts_until=_ends(handover)) if self.first.detail.get("reason") == HOUSEHOLD_EARNINGS else NOTHING_ASIDE
        return Decision((*earlier, post_handing_in(books, recorded, handover, lambda _: detail, now, aside=aside)))


async def hand_over(till: Till, intent: HandOutIntent) -> Outcome:
    """Both sides; the answer is the first's. A second side that fails now is posted by the next sweep."""
    outcome = await till.submit(intent)
    if isinstance(outcome, Posted):
        await _hand_in(till, intent.applied, outcome.recorded)
    return outcome


async def sweep_handovers(till: Till, database: Database, applied: Applied, now: datetime, within: timedelta = SWEPT_FOR) -> int:
    """Post the second sides that are missing of first ones not older than that, at most 500; the answer is how many were."""
    missing = await half_handed(database.pool, applied.program_id, now - within, _AT_ONCE)
    await asyncio.gather(*(_hand_in(till, applied, first) for first in missing))
    return len(missing)


def handing_out_detail(handover: Handover, to: UUID, transaction_id: UUID, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the second side is posted from, should its process die before; and why, for people."""
    return {
        **facts,
        "to": str(to),
        "other_side": str(other_side(transaction_id)),
        "handover": handover.as_json(),
        "because": _because(handover, "transfer_out"),
    }


def handing_in_detail(handover: Handover, came_from: UUID, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {**facts, "from": str(came_from), "because": _because(handover, "transfer_in")}


def _facts_of(first: Recorded) -> dict[str, Any]:
    return {name: first.detail[name] for name in ("reason", "by", "household") if name in first.detail}


def _ends(handover: Handover) -> dict[str, datetime]:
    """What a member earned is activity of the pool, too: its balance that rolls lasts as long as what came (R29)."""
    ends: dict[str, datetime] = {}
    for lot in handover.lots:
        if lot.rolls and lot.expires_at is not None:
            ends[lot.unit] = max(lot.expires_at, ends.get(lot.unit, lot.expires_at))
    return ends


def _because(handover: Handover, kind: str) -> list[dict[str, Any]]:
    totals: dict[str, int] = {}
    for lot in handover.lots:
        totals[lot.unit] = totals.get(lot.unit, 0) + lot.amount
    return [reason("", amount, unit, kind=kind) for unit, amount in totals.items()]


async def _hand_in(till: Till, applied: Applied, first: Recorded) -> None:
    try:
        outcome = await till.submit(HandInIntent(applied, first))
    except Exception as error:  # noqa: BLE001 - the first side is in the books, the sweep tries again
        _log.error("the second side of a transfer could not be posted: %s", type(error).__name__)
        return
    if not isinstance(outcome, Posted):
        _log.warning("the second side of a transfer waits: %s", type(outcome).__name__)
