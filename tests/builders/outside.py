"""The outside world: a small server that can behave badly, and a way out whose name server is the test's own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from honeyguide.egress import Egress, EgressPolicy
from honeyguide.egress.policy import Allowed

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Names:
    """A name server of the test's: each question gets the next answer, the last one again and again."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class Server:
    port: int
    heard: list[bytes]


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    heard: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                heard.append(await reader.readuntil(b"\r\n\r\n"))
                await answer(writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    try:
        yield Server(server.sockets[0].getsockname()[1], heard)
    finally:
        server.close()


def saying(*parts: bytes, pause: float = 0.0) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


OK = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


@asynccontextmanager
async def way_out(allow: str = "", names: Names | None = None, **policy: object) -> AsyncIterator[Egress]:
    egress = Egress(EgressPolicy(Allowed.read(allow), **{"plain_http": True, **policy}), resolve=names)  # type: ignore[arg-type]
    try:
        yield egress
    finally:
        await egress.close()
