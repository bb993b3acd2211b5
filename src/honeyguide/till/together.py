"""Intents that need the books of several members at once, in one database transaction: merge, households, reversals that another pays.

Everything is as in a lane: claims, then the standing rows in member order, then reads, a decision, one write. It is no lane of its own:
these events are rare, and a lane's batch waits for them by their locks alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import asyncpg

from honeyguide.database import Connection, Database, statements
from honeyguide.database.database import DOWN
from honeyguide.ledger.books import read_transaction
from honeyguide.ledger.member_books import MemberBooks
from honeyguide.quantities import TooLarge
from honeyguide.till.batch import CLOSED, Answer, Decided, Replay, comes_too_late, decide_batch
from honeyguide.till.intent import Key, Reads, Reference
from honeyguide.till.opened import Opened, parse_opened
from honeyguide.till.outcomes import Decision, Outcome, Refusal, RetryLater
from honeyguide.till.posted import notice
from honeyguide.till.reading import arguments_of
from honeyguide.till.rows import claim_rows, write_rows

_SQL = statements(__package__, "till.sql")
NOTICE_SECONDS = 1.0
_PASSING = (
    *DOWN,
    TimeoutError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)


class JointIntent(Protocol):
    """An intent about all members that `reads` names; its claims and its answer are `member_id`'s transaction `transaction_id`."""

    @property
    def program_id(self) -> UUID: ...
    @property
    def member_id(self) -> UUID: ...
    @property
    def transaction_id(self) -> UUID: ...
    @property
    def key(self) -> Key | None: ...
    @property
    def reference(self) -> Reference | None: ...
    @property
    def reads(self) -> Mapping[UUID, Reads]: ...
    async def decide(self, connection: Connection, books: Mapping[UUID, MemberBooks], now: datetime) -> Decision | Refusal:
        """Postings of all members, the answer's last; may read and write rows of other tables, which a refusal undoes."""
        ...


async def submit_together(database: Database, intent: JointIntent, now: datetime) -> Outcome:
    """Decide and write under all locks, or nothing; RetryLater where they cannot be had, or nobody knows what became of it."""
    try:
        async with database.transaction() as connection:
            outcome = await _posted(connection, intent, now)
    except _PASSING:
        return RetryLater(after_seconds=2)
    with suppress(*_PASSING):
        await database.pool.execute(notice(intent.reads), timeout=NOTICE_SECONDS)
    return outcome


@dataclass(frozen=True, slots=True)
class _AsOne:
    """The intent as a batch of one lane sees it: with its decision, or asking for one."""

    intent: JointIntent
    decision: Decision | Refusal | None = None

    program_id = property(lambda self: self.intent.program_id)
    member_id = property(lambda self: self.intent.member_id)
    transaction_id = property(lambda self: self.intent.transaction_id)
    key = property(lambda self: self.intent.key)
    reference = property(lambda self: self.intent.reference)
    reads = property(lambda self: self.intent.reads[self.intent.member_id])

    def decide(self, books: MemberBooks, now: datetime) -> Decision | Refusal:
        if self.decision is None:
            raise _Undecided
        return self.decision


class _Undecided(Exception):
    """No earlier claim answers it: the intent has to decide."""


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


async def _posted(connection: Connection, intent: JointIntent, now: datetime) -> Outcome:
    program_id, claims = intent.program_id, claim_rows(intent.program_id, [_AsOne(intent)], now)
    row = await connection.fetchrow(_SQL["open_batch"], program_id, now, claims, *arguments_of(intent.reads.items()))
    opened = parse_opened(program_id, row["earlier"], row["books"])
    decided = decide_batch([_AsOne(intent)], opened, now)
    if isinstance(decided.answers[0], _Undecided):
        decided = _decided(intent, await _decision(connection, intent, opened, now), opened, now)
    rows = write_rows(program_id, decided, (), now)
    if any(rows):
        await connection.execute(_SQL["write_batch"], program_id, *rows)
    return await _final(connection, program_id, decided.answers[0])


async def _decision(connection: Connection, intent: JointIntent, opened: Opened, now: datetime) -> Decision | Refusal:
    try:
        async with connection.transaction():  # a savepoint: what was written beside the books goes with a refusal
            decision = await intent.decide(connection, opened.books, now)
            if isinstance(decision, Refusal):
                raise _Refused(decision)
            if comes_too_late(decision, opened.books):
                raise _Refused(CLOSED)
            return decision
    except _Refused as refused:
        return refused.refusal
    except TooLarge:
        return Refusal("LIMIT_EXCEEDED")


def _decided(intent: JointIntent, decision: Decision | Refusal, opened: Opened, now: datetime) -> Decided:
    decided = decide_batch([_AsOne(intent, decision)], opened, now)
    for posting in sorted(decided.postings, key=lambda posting: posting.books.version):  # the answer stands last, whatever followed it
        decided.books[posting.recorded.member_id] = posting.books
    return decided


async def _final(connection: Connection, program_id: UUID, answer: Answer) -> Outcome:
    if isinstance(answer, Exception):
        raise answer
    if not isinstance(answer, Replay):
        return answer
    recorded = await read_transaction(connection, program_id, answer.member_id, answer.transaction_id)
    assert recorded is not None  # a claim names a transaction that exists: conservation proves it
    return answer.told(recorded)
