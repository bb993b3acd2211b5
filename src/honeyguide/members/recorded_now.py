"""The row of an act that happens the moment it is posted, by nobody's till: a transfer, a merge, a correction, an end; pure."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from honeyguide.ledger.member_books import MemberBooks
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.programs.current import Applied


def recorded_now(books: MemberBooks, applied: Applied, transaction_id: UUID, kind: TransactionKind, now: datetime) -> Recorded:
    return Recorded(
        program_id=books.program_id,
        member_id=books.member_id,
        transaction_id=transaction_id,
        kind=kind,
        occurred_at=now,
        posted_at=now,
        program_version=applied.version,
    )
