"""What one business event writes: rows in the books, and the member's books after it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from honeyguide.ledger.accounts import SystemAccount
from honeyguide.ledger.lots import LotMove
from honeyguide.ledger.member_books import MemberBooks, TierSpan
from honeyguide.ledger.recorded import Recorded
from honeyguide.ledger.transfers import Transfer


@dataclass(frozen=True, slots=True)
class Posting:
    """One business event ready to be written: its rows, what they touch, and the member's books after it."""

    recorded: Recorded
    transfers: tuple[Transfer, ...]
    others: tuple[SystemAccount, ...]  # for each transfer, the account that stands against the member's
    moves: tuple[LotMove, ...]
    new_lots: tuple[UUID, ...]
    units: frozenset[str]
    counters: frozenset[tuple[str, str]]
    holds: frozenset[UUID]
    tier: TierSpan | None
    books: MemberBooks
