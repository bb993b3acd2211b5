"""Connections that never become a request end, and leave nothing behind."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import ClassVar

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from honeyguide.api.http.incoming import read_parameters
from honeyguide.api.http.media import GRAPHQL
from honeyguide.api.http.outgoing import problem_response
from honeyguide.api.problems import HttpProblem
from honeyguide.serving.patient_protocol import PatientProtocol
from honeyguide.serving.socket_protocol import SocketProtocol

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


class HurriedProtocol(PatientProtocol):
    HEAD_SECONDS: ClassVar[float] = 0.3
    HEAD_BYTES: ClassVar[int] = 5_000
    TAKEN_SECONDS: ClassVar[float] = 0.2


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def large(request: Request) -> Response:
    return PlainTextResponse("x" * 20_000_000)


async def begun(request: Request) -> Response:
    """An answer that is half sent."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.sleep(0.5)
        yield b"two"

    return StreamingResponse(pieces())


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
async def server(app: ASGIApp | None = None) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """uvicorn itself, in the test's own loop."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    config = uvicorn.Config(
        app
        or Starlette(
            routes=[
                Route("/", hello),
                Route("/large", large),
                Route("/begun", begun),
                Route("/api", patient, methods=["POST"]),
                WebSocketRoute("/live", live),
            ]
        ),
        http=HurriedProtocol,
        ws=SocketProtocol,
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


async def answer_or_cut(port: int, sent: bytes) -> bytes:
    try:
        return await answer(port, sent)
    except ConnectionError:
        return b""


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


POST = b"POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "endless",
    [
        pytest.param(b"1\r\na\r\n0\r\n" + b"A: b\r\n" * 1_000, id="trailers"),
        pytest.param(b"1\r\na\r\n0\r\nA: " + b"b" * 20_000, id="one trailer"),
        pytest.param(b"1;" + b"a" * 20_000, id="what stands beside the size of a chunk"),
    ],
)
async def test_trailers_without_end_end_the_connection_instead_of_filling_memory(endless: bytes) -> None:
    async with server() as (_, port):
        got = await answer(port, POST, endless)

    assert got.startswith(b"HTTP/1.1 431 ") and got.count(b"HTTP/1.1") == 1


async def test_a_trailer_is_nobodys_header() -> None:
    met: list[bytes | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        met.append(dict(scope["headers"]).get(b"authorization"))
        await PlainTextResponse("")(scope, receive, send)

    async with server(app) as (_, port):
        await answer(port, POST.replace(b"Host", b"Connection: close\r\nHost"), b"1\r\na\r\n0\r\nAuthorization: Bearer other\r\n\r\n")

    assert met == [None]


async def test_h7_a_head_of_thousands_of_headers_is_refused() -> None:
    async with server() as (_, port):
        got = await answer(port, GET + b"a:\r\n" * 300 + b"\r\n")

    assert got.startswith(b"HTTP/1.1 431 ") and got.count(b"HTTP/1.1") == 1


async def test_thousands_of_requests_before_the_first_answer_end_the_connection_and_a_few_are_answered() -> None:
    async with server() as (running, port):
        few = await answer(port, (GET + b"\r\n") * 20 + GET + b"Connection: close\r\n\r\n")
        many = await answer_or_cut(port, (GET + b"\r\n") * 10_000)
        left = len(running.server_state.connections)

    assert few.count(b"HTTP/1.1 200 ") == 21
    assert many.count(b"HTTP/1.1 200 ") < 1_000 and left == 0


async def test_who_takes_nothing_of_an_answer_is_cut_and_who_reads_slowly_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HurriedProtocol, "TAKEN_SECONDS", 0.6)  # a busy machine may be late with the slow one's turn
    async with server() as (running, port):
        slow, his = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
        his.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        writers = []
        for after in (b"\r\n", b"Connection: close\r\n\r\n", b"\r\n" + GET + b"\r\n"):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\n" + after)
            writers.append(writer)
        async with asyncio.timeout(10):
            while len(running.server_state.connections) != 4:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            while len(running.server_state.connections) > 1:
                await slow.read(100_000)
                await asyncio.sleep(0.01)
        left = [one.client for one in running.server_state.connections]  # type: ignore[union-attr]

        assert left == [his.get_extra_info("sockname")]
        for writer in (*writers, his):
            writer.close()


def frame(opcode: int, data: bytes, *, last: bool = True) -> bytes:
    return bytes([128 * last | opcode, 128 | len(data)]) + bytes(4) + data


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(frame(9, b"x" * 125) * 2_000, id="pings whose answers nobody reads"),
        pytest.param(frame(10, b"") * 2_000, id="pongs"),
        pytest.param(frame(1, b"{", last=False) + frame(0, b"", last=False) * 2_000, id="a message in pieces of nothing"),
        pytest.param(frame(1, b"") * 2_000, id="messages of nothing"),
    ],
)
async def test_frames_without_end_end_the_connection_before_they_fill_memory_or_the_processor(flood: bytes) -> None:
    over = asyncio.Event()

    async def listening(socket: WebSocket) -> None:
        await socket.accept()
        await over.wait()

    async with server(Starlette(routes=[WebSocketRoute("/live", listening)])) as (running, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        writer.write(frame(9, b"alive"))
        assert await reader.readexactly(7) == b"\x8a\x05alive"
        writer.write(flood)
        async with asyncio.timeout(10):
            while running.server_state.connections:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        over.set()
        writer.close()


async def test_no_websocket_begins_while_an_answer_is_under_way_on_its_connection() -> None:
    async with server() as (_, port):
        upgrade = b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        got = await answer_or_cut(port, GET + b"\r\n" + upgrade)

    assert b" 101 " not in got


@pytest.mark.parametrize("bad", [b"\0\r\n\r\n", GET + b"a:\r\n" * 300, GET], ids=["no HTTP", "too large", "too slow"])
async def test_what_is_wrong_with_the_next_request_is_never_written_into_an_answer_that_is_under_way(bad: bytes) -> None:
    async with server() as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET.replace(b"/", b"/begun", 1) + b"\r\n")
        got = await reader.readuntil(b"one\r\n")
        writer.write(bad)
        with suppress(ConnectionError):
            got += await reader.read()
        writer.close()

    assert got.count(b"HTTP/1.1") == 1
