"""A purchase that nobody has claimed is returned: nothing was earned, so nothing is taken; its receipt can no longer be claimed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from honeyguide.database import Connection, statements
from honeyguide.ledger.accounts import NOBODY
from honeyguide.ledger.books import reversals_of
from honeyguide.ledger.member_books import Past
from honeyguide.till.claims import ClaimedBefore, claim_or_roll_back
from honeyguide.till.first_answer import answer_before
from honeyguide.till.outcomes import Outcome, Posted, Refusal, Refused
from honeyguide.transactions.anonymous_purchase import claim_of, insert_transaction
from honeyguide.transactions.desk import Desk
from honeyguide.transactions.remainder import returned_so_far, state_left
from honeyguide.transactions.reversal_intent import ReversalIntent
from honeyguide.transactions.reversal_request import returned_of

_SQL = statements(__package__, "transactions.sql")


class ClaimedMeanwhile(Exception):
    """A member has it by now: the return is of that member's purchase."""


async def return_anonymous(desk: Desk, intent: ReversalIntent) -> Outcome:
    """As the till would answer the reversal; raises ClaimedMeanwhile.

    Key and reference are ours, and the purchase is held against whoever would claim or return it at the same time.
    """
    assert intent.key is not None and intent.reference is not None and intent.purchase is not None
    try:
        async with desk.database.transaction() as connection:
            await claim_or_roll_back(
                connection,
                desk.program_id,
                [intent.key, intent.reference],
                member_id=NOBODY,
                transaction_id=intent.transaction_id,
                beside={claim_of(intent.original.transaction_id): {"code": "RETURNED", "data": {}}},
                now=desk.now,
            )
            past = Past(tuple(await _taken_over(connection, desk, intent)))
            purchase, so_far = intent.purchase.purchase, returned_so_far(past.reversals)
            asked = returned_of(intent.asked, purchase, so_far)
            if isinstance(asked, Refusal):
                raise _RefusedError(asked)
            facts = {"of": str(intent.original.transaction_id), "leaves": state_left(purchase, so_far.plus(asked))}
            recorded = intent.recorded(desk.now, {**intent.facts, **facts, "refunded": asked.as_json()})
            await insert_transaction(connection, recorded)
            return Posted(recorded, replayed=False)
    except ClaimedBefore as claimed:
        return await answer_before(desk.database.pool, desk.program_id, claimed)
    except _RefusedError as refused:
        return Refused(refused.refusal.code, refused.refusal.data, replayed=False)


async def _taken_over(connection: Connection, desk: Desk, intent: ReversalIntent) -> list[Mapping[str, Any]]:
    """What came back of the purchase before; its claim is locked, for it may have been there already."""
    claim = claim_of(intent.original.transaction_id)
    row = await connection.fetchrow(_SQL["lock_claim"], desk.program_id, claim.key, claim.scope)
    if row is None or row["transaction_id"] is not None:
        raise ClaimedMeanwhile
    reversals = await reversals_of(connection, desk.program_id, [intent.original])
    return [one.detail for one in reversals.get(intent.original.transaction_id, ())]


class _RefusedError(Exception):
    """Rolls back what was claimed: nothing is kept of a refusal that nobody decided under a member's lock."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
