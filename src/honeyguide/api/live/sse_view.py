"""Operations over event streams: one on a stream of its own, or many on one that is reserved (graphql-sse's two modes)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response

from honeyguide.api.http.entrance import Admitted, Enter
from honeyguide.api.http.outgoing import failure_payload
from honeyguide.api.live.event_streams import EventStreams
from honeyguide.api.live.single_view import SingleConnectionView
from honeyguide.api.live.sse_entrance import StreamEntrance
from honeyguide.api.live.sse_frames import MEDIA_TYPE, complete_event, next_event
from honeyguide.api.live.sse_response import PACE, EventStream, Pace, Wire
from honeyguide.api.live.sse_results import payloads, ready
from honeyguide.api.operations import Operations, Prepared, RequestError
from honeyguide.api.services import Services


def failed_stream(failure: RequestError, request_id: str) -> Response:
    """What was wrong with an operation is told as its only result: of a response that is no stream an EventSource shows nothing."""
    body = next_event(failure_payload(failure, request_id)) + complete_event()
    return Response(body, 200, {"X-Accel-Buffering": "no"}, MEDIA_TYPE)


class EventStreamView:
    """For one audience; raises HttpProblem and RequestError."""

    def __init__(
        self, operations: Operations, enter: Enter, streams: EventStreams, services: Callable[[], Services], pace: Pace = PACE
    ) -> None:
        self._operations, self._pace = operations, pace
        self._entrance = StreamEntrance(operations.audience, enter, streams, services)
        self._single = SingleConnectionView(operations, self._entrance, streams, pace)

    def one(self, prepared: Prepared, admitted: Admitted) -> Response:
        """A stream for this operation alone."""
        context = admitted.context

        async def run(wire: Wire) -> None:
            async with aclosing(payloads(self._operations, ready(prepared), context)) as results:
                async for payload in results:
                    await wire.send(next_event(payload))
            await wire.send(complete_event())

        return EventStream(run, self._entrance.joined(admitted), self._pace)

    async def enter_by_ticket(self, request: Request, request_id: str) -> Admitted:
        """For one operation."""
        return await self._entrance.by_ticket(request, request_id, once=True)

    async def answer(self, request: Request, request_id: str) -> Response:
        """Whatever `is_for_single_connection`."""
        return await self._single.answer(request, request_id)
