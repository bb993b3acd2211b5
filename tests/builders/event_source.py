"""Event streams as a client reads them: over a real socket, one event at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from builders.platform import Platform
from honeyguide.caller import Audience
from honeyguide.testing.serving import Serving

PATIENCE_SECONDS = 10.0
STREAM = "text/event-stream"


@dataclass(frozen=True)
class Event:
    name: str
    data: Any


@dataclass
class Stream:
    """`comments` are those that came before the event that was read last."""

    response: httpx.Response
    comments: list[str] = field(default_factory=list)
    _lines: AsyncIterator[str] | None = None

    async def next(self, seconds: float = PATIENCE_SECONDS) -> Event | None:
        """None where the stream is over."""
        async with asyncio.timeout(seconds):
            return await self._next()

    async def data(self) -> Any:
        """The payload of the next result, which must be one."""
        event = await self.next()
        assert event is not None and event.name == "next", event
        return event.data.get("payload", event.data)

    async def rest(self) -> list[Event]:
        events = []
        while (event := await self.next()) is not None:
            events.append(event)
        return events

    async def rest_of(self, operation_id: str) -> list[Event]:
        """Up to the end of one operation, which must be the only one that sends anything meanwhile."""
        events = []
        while (event := await self.next()) is not None:
            assert event.data["id"] == operation_id, event
            events.append(event)
            if event.name == "complete":
                return events
        raise AssertionError(f"the stream ended before {operation_id} did")

    async def _next(self) -> Event | None:
        if self._lines is None:
            self._lines = self.response.aiter_lines()
        name, data = "", None
        async for line in self._lines:
            if line.startswith(":"):
                self.comments.append(line[1:].strip())
            elif line == "" and name:
                return Event(name, data)
            else:
                kind, _, value = line.partition(": ")
                name = value if kind == "event" else name
                data = orjson.loads(value) if kind == "data" and value else data
        return None


@dataclass
class Caller:
    """Somebody who calls one API of one server; `token` None sends no Authorization, as an EventSource."""

    http: httpx.AsyncClient
    path: str
    token: str | None

    def headers(self, ticket: str | None = None, **more: str) -> dict[str, str]:
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        named = {"X-GraphQL-Event-Stream-Token": ticket} if ticket else {}
        return {**given, **named, **{name.replace("_", "-"): value for name, value in more.items()}}

    async def reserve(self, **headers: str) -> httpx.Response:
        return await self.http.put(self.path, headers=self.headers(**headers))

    async def ticket(self) -> str:
        reserved = await self.reserve()
        assert reserved.status_code == 201, reserved.text
        return reserved.text

    async def send(
        self, ticket: str | None, query: str, operation_id: str | None = "1", accept: str = "*/*", **variables: Any
    ) -> httpx.Response:
        """An operation for the stream of a ticket."""
        extensions = {"operationId": operation_id} if operation_id is not None else {}
        body = {"query": query, "variables": variables, "extensions": extensions}
        return await self.http.post(self.path, json=body, headers=self.headers(ticket, Accept=accept))

    async def stop(self, ticket: str | None, operation_id: str | None = "1") -> httpx.Response:
        named = {"operationId": operation_id} if operation_id else {}
        return await self.http.delete(self.path, params=named, headers=self.headers(ticket))

    async def get(self, **params: str) -> httpx.Response:
        """What a GET that wants a stream gets, all of it: for those that end."""
        return await self.http.get(self.path, params=params, headers=self.headers(Accept=STREAM))

    @asynccontextmanager
    async def opened(self, ticket: str | None = None, **params: str) -> AsyncIterator[Stream]:
        async with self.http.stream("GET", self.path, params=params, headers=self.headers(ticket, Accept=STREAM)) as response:
            yield Stream(response)

    @asynccontextmanager
    async def asked(self, query: str, accept: str = STREAM, **variables: Any) -> AsyncIterator[Stream]:
        """One operation on a stream of its own."""
        body = {"query": query, "variables": variables}
        async with self.http.stream("POST", self.path, json=body, headers=self.headers(Accept=accept)) as response:
            yield Stream(response)


@dataclass
class Place:
    """A server on a socket."""

    platform: Platform
    http: httpx.AsyncClient

    def caller(self, audience: Audience, token: str | None) -> Caller:
        return Caller(self.http, f"/{audience}/graphql", token)

    def member(self, member_id: object) -> Caller:
        return self.caller(Audience.MEMBER, self.platform.token(Audience.MEMBER, str(member_id)))

    def event_source(self, audience: Audience = Audience.MEMBER) -> Caller:
        """A browser's, which sends nothing but the address."""
        return self.caller(audience, None)


@asynccontextmanager
async def on_a_socket(platform: Platform) -> AsyncIterator[Place]:
    serving = await Serving.start(platform.app, "127.0.0.1", 0)
    try:
        limits = httpx.Limits(max_keepalive_connections=0)  # who goes is gone
        async with httpx.AsyncClient(base_url=serving.url, limits=limits, timeout=PATIENCE_SECONDS) as http:
            yield Place(platform, http)
    finally:
        await serving.stop()
