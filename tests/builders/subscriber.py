"""Subscriptions without a transport: what Operations.stream yields, one event at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql import ExecutionResult

from builders.platform import Platform
from honeyguide.api.context import RequestContext
from honeyguide.api.operations import Operations
from honeyguide.api.schemas import schema_for
from honeyguide.caller import Audience, Caller

PATIENCE_SECONDS = 10.0

ACCOUNTS = "subscription { accountChanged { unit { code } available pending } }"
ACTIVITY = "subscription Rows($after: String) { activityAdded(after: $after) { id kind quantity unit { code } postedAt } }"
TIER = "subscription { tierChanged { tier { code } since } }"


@dataclass
class Subscriber:
    results: AsyncIterator[ExecutionResult]

    async def next(self, seconds: float = PATIENCE_SECONDS) -> Any:
        """What the root field of the next event answers."""
        async with asyncio.timeout(seconds):
            result = await anext(self.results)
        assert not result.errors, result.errors
        return next(iter((result.data or {}).values()))

    async def is_over(self) -> bool:
        try:
            await self.next()
        except StopAsyncIteration:
            return True
        return False

    async def hears_nothing(self, seconds: float = 0.3) -> bool:
        """Ends the subscription: what waits is given up."""
        try:
            await self.next(seconds)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def subscribed(platform: Platform, member_id: UUID, document: str, **variables: Any) -> AsyncIterator[Subscriber]:
    operations, services = Operations(schema_for(Audience.MEMBER), Audience.MEMBER), platform.services
    caller = Caller(Audience.MEMBER, platform.program_id, str(member_id))
    applied = services.programs.current(platform.program_id)
    context = RequestContext(caller, services, applied, ("en",), "request-1", platform.clock(), None)
    prepared = await operations.prepare(operations.find({"query": document, "variables": variables}), context)
    results = operations.stream(prepared, context)
    try:
        yield Subscriber(results)
    finally:
        await results.aclose()  # type: ignore[attr-defined]
