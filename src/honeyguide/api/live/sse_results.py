"""What an operation sends over an event stream: its results, or why there are none."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from honeyguide.api.context import RequestContext
from honeyguide.api.http.outgoing import failure_payload, result_payload
from honeyguide.api.live import metrics
from honeyguide.api.operations import Operations, Prepared, RequestError

Prepare = Callable[[], Awaitable[Prepared]]


def ready(prepared: Prepared | RequestError) -> Prepare:
    """Of what was prepared before, or could not be."""

    async def prepare() -> Prepared:
        if isinstance(prepared, RequestError):
            raise prepared
        return prepared

    return prepare


async def payloads(operations: Operations, prepare: Prepare, context: RequestContext) -> AsyncGenerator[dict[str, Any]]:
    """One payload a result; whatever fails is the last one, with errors and no data, as clients cannot read a status any more."""
    try:
        prepared = await prepare()
        async with aclosing(operations.stream(prepared, context)) as results:
            async for result in results:
                metrics.EVENTS.inc()
                yield result_payload(result, context.request_id)
                del result  # what is kept here is kept of thousands who wait
    except Exception as failure:  # noqa: BLE001 - whatever it is, no internal text may leave
        yield failure_payload(failure, context.request_id)
