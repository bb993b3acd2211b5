"""The single connections of a process: who reserved one, which of them it holds, and what other processes hand over to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4
from weakref import WeakValueDictionary

import asyncpg
import orjson

from honeyguide.api.context import RequestContext
from honeyguide.api.live import sse_store as store
from honeyguide.api.live.lives import MOST_CONNECTIONS
from honeyguide.api.live.single_stream import FULL, ID_IN_USE, SingleStream
from honeyguide.api.live.sse_store import HandedOver
from honeyguide.api.live.tickets import UNUSED, Holder, new_ticket, opened_holder, owner_hash, owner_key, sealed_holder, ticket_hash
from honeyguide.api.operations import Operations, Prepared
from honeyguide.api.services import Services
from honeyguide.caller import Audience, Caller
from honeyguide.database.database import DOWN
from honeyguide.encryption import Undecipherable

POLL_SECONDS = 1.0
KEEP_EVERY = 20  # polls
KEPT = timedelta(seconds=90)  # how long others believe in a process that says nothing

_log = logging.getLogger(__name__)


class EventStreams:
    """One a process; what it holds is in memory, what it shares in two small tables."""

    def __init__(self, services: Callable[[], Services]) -> None:
        self.id = uuid4()
        self._services = services
        self._held: dict[bytes, SingleStream] = {}
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def reserve(self, holder: Holder) -> str | None:
        """A ticket for one stream; None where the caller has as many as he may."""
        services, caller, ticket = self._services(), holder.caller, new_ticket()
        hashed, now = ticket_hash(ticket), services.clock()
        sealed = sealed_holder(services.cipher, hashed, holder)
        most, owner = MOST_CONNECTIONS[caller.audience], self._owner(caller)
        # The statement makes a caller's reservations wait for each other: those of one caller shall not wait with all of the pool's connections.
        async with self._turns.setdefault(owner, asyncio.Lock()):
            made = await store.reserve(services.database, hashed, caller.audience, owner, sealed, until=now + UNUSED, now=now, most=most)
        return ticket if made else None

    async def use(self, ticket: str, audience: Audience, caller: Caller | None, *, once: bool) -> Holder | bool:
        """Whose stream this ticket opens, for the first who comes; else whether it is open already.

        `caller` None: the ticket alone says who it is. `once`: for one operation, and nothing of it stays.
        """
        services, hashed = self._services(), ticket_hash(ticket)
        pool, owner, now = services.database.pool, self._owner(caller) if caller else None, services.clock()
        if once:
            sealed = await store.take(pool, hashed, audience, owner, now)
        else:
            sealed = await store.open_stream(pool, hashed, audience, owner, self.id, now + KEPT, now)
        if sealed is None:
            return bool(await store.is_open(pool, hashed, audience, owner, now))
        return opened_holder(services.cipher, hashed, sealed) or False

    async def hold(self, ticket: str, stream: SingleStream) -> None:
        """Carry what comes for the stream until it is over; then nothing of it is left, here or in the tables."""
        hashed = ticket_hash(ticket)
        self._held[hashed] = stream
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve(), name="event streams")
        self._wake.set()  # operations may have come before the stream
        try:
            await stream.until_over()
        finally:
            del self._held[hashed]
            await stream.close()
            await self.forget(ticket)

    def held(self, ticket: str, caller: Caller) -> SingleStream | None:
        """The caller's own stream, where this process has it."""
        stream = self._held.get(ticket_hash(ticket))
        return stream if stream is not None and stream.caller == caller else None

    async def hand_over(self, ticket: str, operation_id: str, parameters: dict[str, Any], context: RequestContext) -> HandedOver:
        """To the process that has the caller's stream, or will."""
        services, hashed, caller = self._services(), ticket_hash(ticket), context.caller
        note = {
            "parameters": parameters,
            "languages": context.wanted_languages,
            "request_id": context.request_id,
            "address": context.address,
        }
        sealed = services.cipher.seal(orjson.dumps(note), _place(hashed, operation_id))
        return await store.hand_over(
            services.database.pool, hashed, caller.audience, self._owner(caller), operation_id, sealed, context.now
        )

    async def stop(self, ticket: str, operation_id: str, context: RequestContext) -> bool:
        """False where the caller has no such stream."""
        caller = context.caller
        if (stream := self.held(ticket, caller)) is not None:
            stream.stop(operation_id)
            return True
        pool = self._services().database.pool
        return await store.stop(pool, ticket_hash(ticket), caller.audience, self._owner(caller), operation_id, context.now)

    def heard(self, process: str) -> None:
        """Something was put for the process of this id."""
        if process == str(self.id):
            self.look()

    def look(self) -> None:
        self._wake.set()

    async def _serve(self) -> None:
        """While streams are open: take what waits as soon as a notice comes, each second in any case."""
        turns = 0
        while self._held:
            self._wake.clear()
            try:
                await self._take()
                if turns % KEEP_EVERY == KEEP_EVERY - 1:
                    await self._keep()
            except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
                _log.warning("operations of event streams cannot be read: %s", type(error).__name__)
            except Exception:  # noqa: BLE001 - a loop that died silently would leave clients waiting
                _log.exception("operations of event streams cannot be read")
            turns += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()

    async def _take(self) -> None:
        for call in await store.take_calls(self._services().database.pool, self._held.keys()):
            stream = self._held.get(call.token_hash)
            if stream is None:
                continue
            if call.sealed is None:
                stream.stop(call.operation_id)
            else:
                self._begin(stream, call)

    def _begin(self, stream: SingleStream, call: store.Call) -> None:
        services = self._services()
        assert call.sealed is not None
        try:
            note = orjson.loads(services.cipher.open(call.sealed, _place(call.token_hash, call.operation_id)))
        except Undecipherable:
            return
        applied = services.programs.current(stream.caller.program_id)
        context = RequestContext(
            stream.caller, services, applied, tuple(note["languages"]), note["request_id"], services.clock(), note["address"]
        )
        if call.operation_id in stream.running:
            stream.refuse(call.operation_id, ID_IN_USE, context)
        elif stream.is_full:
            stream.refuse(call.operation_id, FULL, context)
        else:
            stream.running[call.operation_id] = None
            stream.start(call.operation_id, partial(_prepared, stream.operations, note["parameters"], context), context)

    async def _keep(self) -> None:
        """A stream that the tables no longer know ends: its client could send nothing to it by way of others."""
        services = self._services()
        held = list(self._held)
        known = await store.keep(services.database.pool, held, services.clock() + KEPT)
        for hashed in held:
            if hashed not in known and hashed in self._held:
                self._held[hashed].end()

    async def forget(self, ticket: str) -> None:
        """A stream that is over, whose ticket is used up."""
        try:
            await store.end(self._services().database.pool, ticket_hash(ticket))
        except (*DOWN, asyncpg.PostgresError, TimeoutError) as error:
            _log.warning("an event stream is left over: %s", type(error).__name__)

    def _owner(self, caller: Caller) -> bytes:
        return owner_hash(owner_key(self._services().settings.secrets), caller)


async def _prepared(operations: Operations, parameters: dict[str, Any], context: RequestContext) -> Prepared:
    return await operations.prepare(await operations.ask(parameters, context), context)


def _place(hashed: bytes, operation_id: str) -> bytes:
    return b"event_stream_call.sealed" + hashed + operation_id.encode()
