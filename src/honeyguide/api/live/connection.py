"""One connection of graphql-transport-ws: who it is, which operations run on it, and all that can be wrong with what comes.

Not strawberry's handler: that one takes texts of documents only, raises on ids and messages of odd types, runs operations past ours
(documents, cost, public errors), and knows one reason to refuse a token.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from starlette.requests import HTTPConnection

from honeyguide.api.context import RequestContext, accept_languages
from honeyguide.api.http.entrance import admit, bearer_of
from honeyguide.api.http.incoming import check_parameters, request_id_of
from honeyguide.api.http.outgoing import errors_payload, failure_payload, result_payload
from honeyguide.api.live import messages, metrics
from honeyguide.api.live.close_codes import CloseCode
from honeyguide.api.live.lives import MOST_OPERATIONS, Ending, Life
from honeyguide.api.live.messages import Complete, Init, Ping, Subscribe
from honeyguide.api.live.socket import Socket, SocketGone
from honeyguide.api.looks import Looks
from honeyguide.api.observed import Observed
from honeyguide.api.operations import Operations
from honeyguide.api.problems import HttpProblem, Problem, ProblemCode
from honeyguide.api.services import Services
from honeyguide.endings import ended


@dataclass(frozen=True, slots=True)
class Bounds:
    """`burst` messages at once, `rate` a second from then on."""

    init_seconds: float = 10.0
    burst: int = 100
    rate: float = 20.0


class Connection:
    __slots__ = (
        "_audience",
        "_bounds",
        "_context",
        "_counted_at",
        "_init_timer",
        "_initialised",
        "_life",
        "_messages",
        "_number",
        "_operations",
        "_running",
        "_services",
        "_socket",
    )

    def __init__(self, socket: Socket, operations: Operations, services: Services, bounds: Bounds) -> None:
        self._socket, self._operations, self._services, self._bounds = socket, operations, services, bounds
        self._audience = operations.audience
        self._initialised = False
        self._context: RequestContext | None = None  # once it is known who it is
        self._life: Life | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._messages, self._counted_at = float(bounds.burst), monotonic()
        self._number = 0
        self._init_timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Until it is closed; nothing of it is left then."""
        self._init_timer = asyncio.get_running_loop().call_later(self._bounds.init_seconds, self._said_nothing)
        self._services.lives.meet(self._said_nothing)
        try:
            while (received := await self._socket.receive()) is not None:
                await self._take(received)
        except SocketGone:
            pass
        finally:
            self._is_heard()
            if self._life is not None:
                self._life.leave()
            tasks, self._running = list(self._running.values()), {}
            await ended(*tasks)
            await self._socket.closed()

    def _said_nothing(self) -> None:
        self._socket.close(CloseCode.INIT_TIMEOUT)

    def _is_heard(self) -> None:
        self._services.lives.know(self._said_nothing)
        if self._init_timer is not None:
            self._init_timer.cancel()
            self._init_timer = None

    async def _take(self, received: str | bytes) -> None:
        if self._socket.is_closed:
            return
        if self._is_flood():
            self._socket.close(CloseCode.TOO_MANY_MESSAGES)
            return
        message = messages.read_message(received) if isinstance(received, str) else None
        match message:
            case None:
                self._socket.close(CloseCode.BAD_REQUEST)
            case Init():
                await self._initialise(message)
            case Ping():
                await self._socket.send(messages.pong())
            case Subscribe():
                await self._subscribe(message)
            case Complete():
                if (task := self._running.pop(message.id, None)) is not None:
                    task.cancel()

    def _is_flood(self) -> bool:
        now = monotonic()
        self._messages = min(self._bounds.burst, self._messages + (now - self._counted_at) * self._bounds.rate) - 1
        self._counted_at = now
        return self._messages < 0

    async def _initialise(self, message: Init) -> None:
        if self._initialised:
            self._socket.close(CloseCode.TOO_MANY_INITS)
            return
        self._initialised = True
        self._is_heard()
        opened = HTTPConnection(self._socket.scope)
        token = messages.token_in(message.payload) or bearer_of(opened.headers.get("authorization"))
        if token is None:
            self._socket.close(CloseCode.UNAUTHORIZED)
            return
        try:
            admitted = await admit(opened, request_id_of(opened), token, self._audience, self._services)
        except HttpProblem as problem:
            code = CloseCode.TRY_AGAIN_LATER if problem.status == 503 else CloseCode.FORBIDDEN
            self._socket.close(code, problem.message)
            return
        lives, caller = self._services.lives, admitted.context.caller
        if lives.is_full:
            self._socket.close(CloseCode.TRY_AGAIN_LATER)
            return
        if lives.has_most(caller):
            self._socket.close(CloseCode.TOO_MANY_CONNECTIONS)
            return
        self._life = lives.join(caller, admitted.token, admitted.until)
        self._life.on_end = self._end
        self._socket.scope["headers"] = []  # all is said; what is kept here is kept of thousands who wait
        self._context = admitted.context
        if wished := messages.languages_in(message.payload):
            self._context = replace(self._context, wanted_languages=accept_languages(wished))
        await self._socket.send(messages.ack())

    def _end(self, why: Ending) -> None:
        code = CloseCode.RESTART if why is Ending.STOPPING else CloseCode.FORBIDDEN
        self._socket.close(code, why)
        for task in self._running.values():
            task.cancel()

    async def _subscribe(self, message: Subscribe) -> None:
        if self._context is None:
            self._socket.close(CloseCode.UNAUTHORIZED, "connection_init comes first.")
            return
        if message.id in self._running:
            self._socket.close(CloseCode.SUBSCRIBER_EXISTS)
            return
        context = self._next_context(self._context)
        if len(self._running) >= MOST_OPERATIONS:
            problem = Problem(f"A connection carries at most {MOST_OPERATIONS} operations.", ProblemCode.TOO_MANY_OPERATIONS)
            await self._socket.send(messages.error(message.id, errors_payload([problem], context.request_id)["errors"]))
            return
        task = asyncio.create_task(self._run(message.id, message.parameters, context))
        self._running[message.id] = task

    def _next_context(self, known: RequestContext) -> RequestContext:
        self._number += 1
        services = self._services
        applied = services.programs.current(known.caller.program_id)
        request_id = f"{known.request_id[:56]}-{self._number}"
        return replace(known, applied=applied, now=services.clock(), request_id=request_id, looks=Looks(), member_locale=None)

    async def _run(self, operation_id: str, parameters: dict[str, Any], context: RequestContext) -> None:
        """One operation; its id is free again before the client hears that it is over."""
        with Observed(self._audience, context.request_id, "websocket", alone=True):
            last = messages.complete(operation_id)
            try:
                await self._results(operation_id, parameters, context)
            except SocketGone:
                return
            except Exception as failure:  # noqa: BLE001 - whatever it is, no internal text may leave
                last = messages.error(operation_id, failure_payload(failure, context.request_id)["errors"])
            finally:
                if self._running.get(operation_id) is asyncio.current_task():
                    del self._running[operation_id]
            try:
                await self._socket.send(last)
            except SocketGone:
                return

    async def _results(self, operation_id: str, parameters: dict[str, Any], context: RequestContext) -> None:
        check_parameters(parameters)
        prepared = await self._operations.prepare(await self._operations.ask(parameters, context), context)
        del parameters
        async with aclosing(self._operations.stream(prepared, context)) as results:
            async for result in results:
                await self._socket.send(messages.next_result(operation_id, result_payload(result, context.request_id)))
                metrics.EVENTS.inc()
                del result
