"""A partner's own hold, found before it is captured or voided (R39)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from honeyguide.ledger.books import read_transaction
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import Outcome
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import Rejected, SettleOutcome


async def own_authorization(desk: Desk, member_id: UUID, hold_id: UUID) -> Recorded | None:
    """What placed the hold; another partner's hold is told from none by nothing (R39). It is append-only, so no lock is needed."""
    recorded = await read_transaction(desk.database.pool, desk.program_id, member_id, hold_id)
    if recorded is None or recorded.kind is not TransactionKind.AUTHORIZATION or recorded.partner_id != desk.partner.partner_id:
        return None
    return recorded if desk.caller.location in (None, recorded.location) else None


async def no_such_hold(desk: Desk, key: Key) -> SettleOutcome:
    """NOT_FOUND, unless the key was used for something else before (R1)."""
    first = await first_answer(desk.database.pool, desk.program_id, key)
    return Rejected("NOT_FOUND", ("holdId",)) if first is None else settled(first)


def settled(outcome: Outcome) -> SettleOutcome:
    return cast(SettleOutcome, answer_of(outcome))
