"""Connections that never become a request end, and leave nothing behind."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from honeyguide.api.http.incoming import read_parameters
from honeyguide.api.http.media import GRAPHQL
from honeyguide.api.http.outgoing import problem_response
from honeyguide.api.problems import HttpProblem
from honeyguide.serving.patient_protocol import PatientProtocol

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


class HurriedProtocol(PatientProtocol):
    HEAD_SECONDS: ClassVar[float] = 0.3
    HEAD_BYTES: ClassVar[int] = 5_000


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def patient(request: Request) -> Response:
    """As the APIs read, in a hurry."""
    try:
        _, size = await read_parameters(request, 100_000, patience=0.2)
    except HttpProblem as problem:
        return problem_response(problem, GRAPHQL, "request-1")
    return PlainTextResponse(str(size))


async def live(socket: WebSocket) -> None:
    await socket.accept()
    await asyncio.sleep(2 * HurriedProtocol.HEAD_SECONDS)
    await socket.send_text("still here")
    await socket.close()


@asynccontextmanager
async def server() -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """uvicorn itself, in the test's own loop."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    config = uvicorn.Config(
        Starlette(routes=[Route("/", hello), Route("/api", patient, methods=["POST"]), WebSocketRoute("/live", live)]),
        http=HurriedProtocol,
        log_config=None,
        lifespan="off",
    )
    running = uvicorn.Server(config)
    task = asyncio.create_task(running._serve([listener]))
    while not running.started:  # noqa: ASYNC110 - uvicorn sets no event
        await asyncio.sleep(0.01)
    try:
        yield running, listener.getsockname()[1]
    finally:
        running.should_exit = True
        await task


async def answer(port: int, *sent: bytes) -> bytes:
    """All that comes back until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for one in sent:
        writer.write(one)
        await writer.drain()
        await asyncio.sleep(0.02)
    async with asyncio.timeout(5):
        try:
            return await reader.read()
        finally:
            writer.close()


async def test_two_hundred_half_open_connections_end_by_themselves_and_others_are_served_meanwhile() -> None:
    async with server() as (running, port):
        slow = [asyncio.create_task(answer(port, GET + b"X-Slow: ")) for _ in range(200)]
        async with asyncio.timeout(5):
            while len(running.server_state.connections) < 200:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        served = await answer(port, GET + b"Connection: close\r\n\r\n")
        refused = await asyncio.gather(*slow)
        await asyncio.sleep(0.02)

        assert served.startswith(b"HTTP/1.1 200 ") and served.endswith(b"hello")
        assert {text.split(b"\r\n")[0] for text in refused} == {b"HTTP/1.1 408 Request Timeout"}
        assert b'"code":"HEAD_TOO_SLOW"' in refused[0] and b"connection: close" in refused[0]
        assert not running.server_state.connections and not running.server_state.tasks


@pytest.mark.parametrize(
    ("sent", "end"),
    [
        ([], b""),  # a connection without a word is closed without one
        ([b"\r\n"], b""),
        ([GET + b"\r\n"], b"hello"),  # and kept open, until silence after half a second request
        ([GET + b"\r\n", b"\r\n"], b"hello"),
    ],
)
async def test_connections_between_requests_end_too(sent: list[bytes], end: bytes) -> None:
    async with server() as (_, port):
        got = await answer(port, *sent, *([b"GET"] if end and len(sent) == 1 else []))

    assert end in got and (not got or got.startswith(b"HTTP/1.1 200 "))


async def test_h7_a_head_has_a_bound() -> None:
    async with server() as (_, port):
        endless = await answer(port, GET, *[b"X-%d: %s\r\n" % (number, b"x" * 2_000) for number in range(3)])

    assert endless.startswith(b"HTTP/1.1 431 ") and b'"code":"HEAD_TOO_LARGE"' in endless


async def test_a_body_is_nothing_of_the_heads_business() -> None:
    async with server() as (_, port):
        post = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 8000\r\n\r\n"
        got = await answer(port, post, b"x" * 8_000)

    assert got.startswith(b"HTTP/1.1 405 ")


async def test_a_body_that_never_comes_is_told_so_and_its_connection_ends() -> None:
    async with server() as (_, port):
        post = b"POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 800\r\n\r\n"
        slow = await asyncio.gather(*(answer(port, post, b'{"query"') for _ in range(50)))

    assert {text.split(b"\r\n")[0] for text in slow} == {b"HTTP/1.1 408 Request Timeout"}
    assert b'"code":"BODY_TOO_SLOW"' in slow[0]


async def test_a_websocket_may_be_silent() -> None:
    async with server() as (_, port), connect(f"ws://127.0.0.1:{port}/live") as socket:
        assert await socket.recv() == "still here"
