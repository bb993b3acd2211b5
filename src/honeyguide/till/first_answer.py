"""The first answer under a key, read without a lane: for requests that cannot be built a second time."""

from __future__ import annotations

from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.ledger.books import read_transaction
from honeyguide.till.batch import Replay, replay
from honeyguide.till.intent import Key
from honeyguide.till.opened import EarlierClaim
from honeyguide.till.outcomes import Outcome

_SQL = statements(__package__, "till.sql")


async def first_answer(executor: Executor, program_id: UUID, key: Key) -> Outcome | None:
    """What an earlier request under this key was told (R1); None where there was none."""
    row = await executor.fetchrow(_SQL["read_claim"], program_id, key.key, key.scope)
    if row is None:
        return None
    answer = replay(key, EarlierClaim(**row))
    if not isinstance(answer, Replay):
        return answer  # type: ignore[return-value]  # an exception is never kept under a key
    recorded = await read_transaction(executor, program_id, answer.member_id, answer.transaction_id)
    assert recorded is not None  # a claim names a transaction that exists: conservation proves it
    return answer.told(recorded)
