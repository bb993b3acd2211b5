"""A lane: its own connection, its own bounded queue; what arrives while a batch is in flight is the next batch."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from contextvars import Context
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from honeyguide.caller import Clock
from honeyguide.database import Connection, statements
from honeyguide.ledger.accounts import NOBODY
from honeyguide.ledger.books import read_transactions
from honeyguide.ledger.recorded import Recorded
from honeyguide.telemetry import spans
from honeyguide.till import metrics
from honeyguide.till.batch import Answer, Decided, Replay, decide_batch
from honeyguide.till.intent import Intent
from honeyguide.till.opened import parse_opened
from honeyguide.till.outcomes import Outcome, RetryLater
from honeyguide.till.posted import notice
from honeyguide.till.reading import read_arguments
from honeyguide.till.rows import claim_rows, write_rows

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_SQL = statements(__package__, "till.sql")
_log = logging.getLogger(__name__)

Connect = Callable[[], Awaitable[asyncpg.Connection]]

# An item that waited this long is told RETRY_LATER; its key makes the retry safe whatever became of it.
DEADLINE_SECONDS = 10.0
NOTICE_SECONDS = 1.0
NOTICE_PAUSE = 0.1
# The rows of one item are at fault: data exceptions, broken constraints, a RAISE of ours.
_POISON = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.RaiseError)
# The world is at fault; the same batch may succeed in a moment. A deadlock is not among them: it would be our bug.
_PASSING = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # between the word that the server goes and the end of the connection
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)


@dataclass(slots=True)
class Item:
    intent: Intent
    answer: asyncio.Future[Outcome]
    deadline: float
    asked_by: Span | None


class Lane:
    def __init__(self, connect: Connect, clock: Clock, *, queue_bound: int, batch_size: int) -> None:
        self._connect = connect
        self._clock = clock
        self._queue_bound = queue_bound
        self._batch_size = batch_size
        self._queue: deque[Item] = deque()
        self._connection: asyncpg.Connection | None = None
        self._working: asyncio.Task[None] | None = None
        self._known_accounts: set[UUID] = set()
        self._untold: set[UUID] = set()  # members posted since the last notice
        self._told_at = 0.0
        self._telling: asyncio.TimerHandle | None = None

    def submit(self, intent: Intent) -> asyncio.Future[Outcome]:
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        if len(self._queue) >= self._queue_bound:
            metrics.REFUSED_FULL.inc()
            answer.set_result(RetryLater(after_seconds=1))
            return answer
        self._queue.append(Item(intent, answer, monotonic() + DEADLINE_SECONDS, spans.current()))
        self._wake()
        return answer

    async def drain(self) -> None:
        """Finish what is queued, then let the connection go."""
        if self._working is not None:
            await asyncio.wait([self._working], timeout=DEADLINE_SECONDS)
        if self._telling is not None:
            self._telling.cancel()
        self._told_at = 0.0
        await self._tell_listeners()
        await self._disconnect()

    def _wake(self) -> None:
        if self._working is None or self._working.done():
            # A context of its own: the lane works for many, and its lines belong to none of their requests.
            self._working = asyncio.create_task(self._work(), context=Context())

    async def _work(self) -> None:
        await asyncio.sleep(0)  # callers of this very turn of the loop join the first batch
        while True:
            while batch := self._take():
                try:
                    await self._answer(batch)
                except Exception as error:  # noqa: BLE001 - the lane lives on; the callers hear of it
                    # Neither message nor traceback: PostgreSQL quotes the values of a row.
                    _log.error("a batch of %d failed: %s %s", len(batch), type(error).__name__, getattr(error, "sqlstate", ""))
                    _fail(batch, error)
                    await self._disconnect()  # whatever it was, such as types that a migration changed, it may lie in the connection
            await self._tell_listeners()
            if not self._queue:  # else it came while the listeners were told, and nobody else takes it
                return

    def _take(self) -> list[Item]:
        """The next batch: items of one program, in order; those whose caller left or whose time is over are not written."""
        batch: list[Item] = []
        while self._queue and len(batch) < self._batch_size:
            item = self._queue[0]
            if batch and item.intent.program_id != batch[0].intent.program_id:
                break
            self._queue.popleft()
            if item.answer.done():
                continue
            if monotonic() > item.deadline:
                item.answer.set_result(RetryLater(after_seconds=2))
                continue
            batch.append(item)
        return batch

    async def _answer(self, batch: list[Item]) -> None:
        """Write a batch and answer; a batch that a poison item spoils is halved down to it."""
        try:
            with _traced(batch):
                answers = await self._written(batch)
        except _POISON as error:
            if len(batch) == 1:
                metrics.POISON.inc()
                _log.error("an item cannot be written: %s %s", type(error).__name__, getattr(error, "sqlstate", None))
                _fail(batch, error)
                return
            half = len(batch) // 2
            await self._answer(batch[:half])
            await self._answer(batch[half:])
            return
        for item, answer in zip(batch, answers, strict=True):
            if item.answer.done():
                continue
            if isinstance(answer, Exception):
                item.answer.set_exception(answer)
            else:
                item.answer.set_result(answer)
        await self._tell_listeners()

    async def _written(self, batch: list[Item]) -> Sequence[Outcome | Exception]:
        """Try until it is written or the time of the batch is over; the claims make a second attempt safe after a lost COMMIT."""
        deadline = min(item.deadline for item in batch)
        pause = 0.05
        while True:
            try:
                return await self._attempt([item.intent for item in batch], max(deadline - monotonic(), 1.0))
            except _PASSING as error:
                metrics.RETRIED.inc()
                _log.warning("a batch is tried again: %s", type(error).__name__)
                await self._disconnect()
                if monotonic() + pause > deadline:
                    return [RetryLater(after_seconds=2)] * len(batch)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 1.0)

    async def _attempt(self, intents: list[Intent], seconds: float) -> list[Outcome | Exception]:
        async with asyncio.timeout(seconds):
            connection = await self._connected()
        # Cut and not cancelled: over a connection that fell silent the rollback would wait as long as the query.
        cut = asyncio.get_running_loop().call_later(seconds, connection.terminate)
        try:
            return await self._posted(connection, intents)
        finally:
            cut.cancel()

    async def _posted(self, connection: asyncpg.Connection, intents: list[Intent]) -> list[Outcome | Exception]:
        program_id, now = intents[0].program_id, self._clock()
        with metrics.BATCH_SECONDS.time():
            async with connection.transaction():
                row = await connection.fetchrow(
                    _SQL["open_batch"], program_id, now, claim_rows(program_id, intents, now), *read_arguments(intents)
                )
                decided = decide_batch(intents, parse_opened(program_id, row["earlier"], row["books"]), now)
                replayed = await _read_replays(connection, program_id, decided)
                rows = write_rows(program_id, decided, self._known_accounts, now)
                if any(rows):
                    await connection.execute(_SQL["write_batch"], program_id, *rows)
        metrics.BATCH_SIZE.observe(len(intents))
        metrics.POSTED.inc(len(decided.postings))
        self._untold.update(posting.recorded.member_id for posting in decided.postings if posting.recorded.member_id != NOBODY)
        self._known_accounts.update(row["account_id"] for row in rows[0])
        return [_final(answer, replayed) for answer in decided.answers]

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._known_accounts.clear()  # this server may be an older backup
            self._connection = await self._connect()
        return self._connection

    async def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _tell_listeners(self) -> None:
        """Name who was posted, ten times a second at most; all listeners look for themselves now and then, so a lost notice loses nothing."""
        if not self._untold or self._connection is None:
            return
        if (wait := self._told_at + NOTICE_PAUSE - monotonic()) > 0:
            if self._telling is None:
                self._telling = asyncio.get_running_loop().call_later(wait, self._tell_late)
            return
        untold, self._untold, self._told_at = self._untold, set(), monotonic()
        try:
            await self._connection.execute(notice(untold), timeout=NOTICE_SECONDS)
        except _PASSING:
            await self._disconnect()

    def _tell_late(self) -> None:
        """The last ones of a crowd are told too, though nobody comes after them."""
        self._telling = None
        self._wake()


async def _read_replays(connection: Connection, program_id: UUID, decided: Decided) -> dict[UUID, Recorded]:
    wanted = [(answer.member_id, answer.transaction_id) for answer in decided.answers if isinstance(answer, Replay)]
    return {recorded.transaction_id: recorded for recorded in await read_transactions(connection, program_id, wanted)}


def _final(answer: Answer, replayed: dict[UUID, Recorded]) -> Outcome | Exception:
    return answer.told(replayed[answer.transaction_id]) if isinstance(answer, Replay) else answer


def _traced(batch: list[Item]) -> AbstractContextManager[Span | None]:
    return spans.batch_span("till batch", {"honeyguide.batch.size": len(batch)}, [item.asked_by for item in batch])


def _fail(batch: list[Item], error: Exception) -> None:
    for item in batch:
        if not item.answer.done():
            item.answer.set_exception(error)
