"""A partner's own hold, found before it is captured or voided (R39)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from honeyguide.caller import Caller
from honeyguide.database import Executor
from honeyguide.ledger.books import read_transaction
from honeyguide.ledger.holds import Hold, HoldState
from honeyguide.ledger.recorded import Recorded, TransactionKind
from honeyguide.till.first_answer import first_answer
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import KeyConflict, Outcome
from honeyguide.transactions.answers import answer_of
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.outcomes import IdempotencyConflict, Rejected, SettleOutcome


async def own_authorization(desk: Desk, member_id: UUID, hold_id: UUID) -> Recorded | None:
    """What placed the hold; another partner's hold is told from none by nothing (R39). It is append-only, so no lock is needed."""
    recorded = await read_transaction(desk.database.pool, desk.program_id, member_id, hold_id)
    if recorded is None or recorded.kind is not TransactionKind.AUTHORIZATION:
        return None
    return recorded if serves(desk.caller, recorded.partner_id, recorded.location) else None


def serves(partner: Caller, partner_id: UUID | None, location: str | None) -> bool:
    """Whether what lies with that partner's shop is the caller's own: a credential of one shop has what was done there."""
    return partner_id == partner.partner_id and partner.location in (None, location)


async def was_declined(executor: Executor, program_id: UUID, member_id: UUID, hold: Hold) -> bool:
    """Whether the member gave it back, asked to approve it (R51); a shop that voids what still waits does not."""
    if hold.state is not HoldState.VOIDED or not hold.waits or hold.settled_by is None:
        return False
    settlement = await read_transaction(executor, program_id, member_id, hold.settled_by)
    return settlement is not None and bool(settlement.detail.get("declined"))


async def no_such_hold(desk: Desk, key: Key) -> SettleOutcome:
    """NOT_FOUND, unless the key was used for something else before (R1); what another shop was told under it stays there."""
    first = await first_answer(desk.database.pool, desk.program_id, key)
    return IdempotencyConflict() if isinstance(first, KeyConflict) else Rejected("NOT_FOUND", ("holdId",))


def settled(outcome: Outcome) -> SettleOutcome:
    return cast(SettleOutcome, answer_of(outcome))
