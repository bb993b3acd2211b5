"""One connection that carries many operations, each event with the id of its own (graphql-sse's single connection mode)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field

from honeyguide.api.context import RequestContext
from honeyguide.api.http.outgoing import errors_payload
from honeyguide.api.live.lives import MOST_OPERATIONS
from honeyguide.api.live.sse_frames import complete_event, next_event
from honeyguide.api.live.sse_response import SlowReader, Wire
from honeyguide.api.live.sse_results import Prepare, payloads
from honeyguide.api.observed import Observed
from honeyguide.api.operations import Operations
from honeyguide.api.problems import Problem, ProblemCode
from honeyguide.caller import Caller
from honeyguide.endings import ended

LONGEST_ID = 100
ID_IN_USE = Problem("An operation of this id runs on the stream.", ProblemCode.OPERATION_ID_IN_USE)
FULL = Problem(f"A stream carries at most {MOST_OPERATIONS} operations at a time.", ProblemCode.TOO_MANY_OPERATIONS)


@dataclass(eq=False)
class SingleStream:
    """An open stream and what runs on it; an operation takes its place before anybody waits for anything."""

    caller: Caller
    operations: Operations
    wire: Wire
    running: dict[str, asyncio.Task[None] | None] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _is_slow: bool = False

    @property
    def is_full(self) -> bool:
        return len(self.running) >= MOST_OPERATIONS

    def start(self, operation_id: str, prepare: Prepare, context: RequestContext) -> bool:
        """Run what has a place; False where it was stopped before it began."""
        if operation_id not in self.running:
            return False
        self.running[operation_id] = self._begun(self._carry(operation_id, prepare, context))
        return True

    def refuse(self, operation_id: str, problem: Problem, context: RequestContext) -> None:
        """Of an operation that came by way of another process, which could not know."""
        self._begun(self._send(next_event(errors_payload([problem], context.request_id), operation_id)))

    def stop(self, operation_id: str) -> None:
        """Nothing more is sent of it, not even that it is over: its client has forgotten it."""
        task = self.running.pop(operation_id, None)
        if task is not None:
            task.cancel()

    async def until_over(self) -> None:
        """Raises SlowReader where that is why."""
        await self._over.wait()
        if self._is_slow:
            raise SlowReader

    def end(self) -> None:
        self._over.set()

    async def close(self) -> None:
        self.running.clear()
        await ended(*self._tasks)

    async def _carry(self, operation_id: str, prepare: Prepare, context: RequestContext) -> None:
        with Observed(self.operations.audience, context.request_id, "event-stream", alone=True):
            async with aclosing(payloads(self.operations, prepare, context)) as results:
                async for payload in results:
                    await self._send(next_event(payload, operation_id))
        # Its place is free before the client hears of the end, and may use the id again at once.
        self.running.pop(operation_id, None)
        await self._send(complete_event(operation_id))

    async def _send(self, frame: bytes) -> None:
        try:
            await self.wire.send(frame)
        except SlowReader:
            self._is_slow = True
            self.end()
            raise asyncio.CancelledError from None  # this operation has nobody left
        except OSError:  # the client is gone
            self.end()

    def _begun(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
