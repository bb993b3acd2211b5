"""One event stream on the wire: signs of life, readers that do not read, clients that go."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest_asyncio
from starlette.types import Message, Receive, Scope, Send

from builders.platform import Platform
from honeyguide.api.live.lives import Ending, Life
from honeyguide.api.live.sse_frames import complete_event, next_event
from honeyguide.api.live.sse_response import EventStream, Pace, Wire
from honeyguide.caller import Audience, Caller
from honeyguide.serving.patient_protocol import PatientProtocol
from honeyguide.testing.serving import Serving


@dataclass
class Reader:
    """A client behind ASGI; it reads while `reads` is set, and goes when `goes` is."""

    got: list[bytes] = field(default_factory=list)
    reads: asyncio.Event = field(default_factory=asyncio.Event)
    goes: asyncio.Event = field(default_factory=asyncio.Event)
    cut: int = 0
    is_ended: bool = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            await self.reads.wait()
            self.got.append(message["body"])
            self.is_ended = not message["more_body"]

    async def receive(self) -> Message:
        await self.goes.wait()
        return {"type": "http.disconnect"}

    def abort(self) -> None:
        self.cut += 1

    async def read(self, stream: EventStream) -> None:
        async with asyncio.timeout(5):
            await stream({"type": "http", "state": {"abort": self.abort}}, self.receive, self.send)


async def forever(_wire: Wire) -> None:
    await asyncio.Event().wait()


@pytest_asyncio.fixture
async def life(platform: Platform) -> AsyncIterator[Life]:
    caller = Caller(Audience.MEMBER, platform.program_id, "somebody")
    yield platform.services.lives.join(caller, None, platform.clock() + timedelta(hours=1))
    assert len(platform.services.lives) == 0  # every stream has left


async def test_while_nothing_happens_comments_say_that_the_stream_lives(life: Life) -> None:
    reader = Reader()
    reader.reads.set()

    reading = asyncio.create_task(reader.read(EventStream(forever, life, Pace(ping=0.01))))
    while len(reader.got) < 4:  # noqa: ASYNC110 - the reader sets no event
        await asyncio.sleep(0.005)
    reader.goes.set()
    await reading

    assert set(reader.got) == {b":\n\n"} and not reader.is_ended


async def test_l1_a_reader_who_does_not_take_what_is_sent_is_cut_and_nothing_is_queued_for_him(life: Life) -> None:
    reader, sent = Reader(), []

    async def work(wire: Wire) -> None:
        for number in range(1_000):
            await wire.send(next_event({"data": number}))
            sent.append(number)

    await reader.read(EventStream(work, life, Pace(patience=0.05)))

    assert reader.cut == 1 and reader.got == [] and sent == []


async def test_what_is_sent_ends_with_the_work_or_with_the_life_of_the_connection(life: Life, platform: Platform) -> None:
    done, over = Reader(), Reader()
    done.reads.set()
    over.reads.set()
    other = platform.services.lives.join(life.caller, None, platform.clock() + timedelta(hours=1))

    async def work(wire: Wire) -> None:
        await wire.send(complete_event())

    await done.read(EventStream(work, life, Pace()))
    asyncio.get_running_loop().call_later(0.01, other.end, Ending.STOPPING)
    await over.read(EventStream(forever, other, Pace()))

    assert done.got == [b":\n\n", b"event: complete\ndata: \n\n", b""] and done.is_ended
    assert over.got == [b":\n\n", b": The server stops; come again.\n\n", b""] and over.is_ended


async def test_l1_on_the_wire_what_a_reader_does_not_take_does_not_wait_in_memory(life: Life) -> None:
    frame, sent = next_event({"data": "x" * 60_000}), []
    over = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def work(wire: Wire) -> None:
            while True:
                await wire.send(frame)
                sent.append(len(frame))

        await EventStream(work, life, Pace(patience=0.2))(scope, receive, send)
        over.set()

    serving = await Serving.start(app, "127.0.0.1", 0, http=PatientProtocol)
    client = socket.create_connection(("127.0.0.1", int(serving.url.rpartition(":")[2])))
    try:
        client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        async with asyncio.timeout(5):
            await over.wait()
    finally:
        client.close()
        await serving.stop()

    assert 0 < sum(sent) < 20_000_000  # what the buffers of the operating system take
