"""The first answer under a key, read without a lane: for requests that cannot be built a second time."""

from __future__ import annotations

from uuid import UUID

from honeyguide.database import Executor, statements
from honeyguide.ledger.books import read_transaction
from honeyguide.till.batch import Replay, replay
from honeyguide.till.claims import ClaimedBefore
from honeyguide.till.intent import Key
from honeyguide.till.opened import EarlierClaim
from honeyguide.till.outcomes import Outcome, ReferenceTaken, RetryLater

_SQL = statements(__package__, "till.sql")


async def answer_before(executor: Executor, program_id: UUID, claimed: ClaimedBefore) -> Outcome:
    """What those are told whose key or reference somebody holds: the key's first answer, or what has the reference."""
    if isinstance(claimed.claim, Key):
        return await first_answer(executor, program_id, claimed.claim) or RetryLater(after_seconds=1)  # it is under way elsewhere
    earlier = claimed.earlier
    if earlier.member_id is None or earlier.transaction_id is None:
        return ReferenceTaken(None, earlier.outcome)
    return ReferenceTaken(await read_transaction(executor, program_id, earlier.member_id, earlier.transaction_id), None)


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
