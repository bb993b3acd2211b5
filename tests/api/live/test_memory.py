"""What a subscriber who waits costs a process in memory; tests/bench has five thousand of them."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import tracemalloc
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from builders.clock import Clock
from builders.live_client import TEXT, framed
from builders.platform import running_platform
from builders.subscriber import ACCOUNTS
from honeyguide.api.limits import MAX_BODY
from honeyguide.api.live import lives
from honeyguide.api.live.connection import Connection
from honeyguide.caller import Audience
from honeyguide.database import Database
from honeyguide.serving.socket_protocol import SocketProtocol
from honeyguide.testing.serving import Serving

# 5,000 in under 300 MB leave 30 kB for each beside the 130 MB of a process.
MOST_BYTES = 30_000
SUBSCRIBERS = 100  # each is counted to the byte, so more of them would tell nothing more


async def test_l1_idle_subscribers_take_30_kb_each_at_most_and_compression_would_be_noticed(
    database: Database, database_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lives.MOST_CONNECTIONS, Audience.MEMBER, 1_000)
    async with running_platform(database, database_url, home, clock=Clock(datetime.now(UTC))) as platform:
        token = platform.token(Audience.MEMBER, str(await platform.enrol()))
        await platform.post("10.00")
        each = []
        for compresses, subscribers in ((False, SUBSCRIBERS), (True, 20)):
            serving = await Serving.start(
                platform.app, "127.0.0.1", 0, ws=SocketProtocol, ws_max_size=MAX_BODY, ws_per_message_deflate=compresses
            )
            with ExitStack() as clients:
                await subscribe(clients, serving.url, token, 20)  # what is allocated once
                tracemalloc.start()  # what a process has of the system would say nothing: it uses again what it had
                await subscribe(clients, serving.url, token, subscribers)
                gc.collect()
                each.append(tracemalloc.get_traced_memory()[0] // subscribers)
                tracemalloc.stop()
                gc.disable()
            assert await nothing_is_left()  # without the garbage collector, whose pauses hold up all others
            gc.enable()
            await serving.stop()

    print(f"{each[0]:,} bytes a subscriber, {each[1]:,} with compression")
    assert each[0] < MOST_BYTES < each[1]


async def nothing_is_left() -> bool:
    for _ in range(50):
        if not any(isinstance(one, Connection | SocketProtocol) for one in gc.get_objects()):
            return True
        await asyncio.sleep(0.02)
    return False


async def subscribe(clients: ExitStack, url: str, token: str, number: int) -> None:
    """Plain sockets, which take no memory of this process worth counting."""
    for _ in range(0, number, 20):
        await asyncio.gather(*(subscriber(clients.enter_context(socket.socket()), url, token) for _ in range(20)))


async def subscriber(client: socket.socket, url: str, token: str) -> None:
    loop, parts = asyncio.get_running_loop(), urlsplit(url)
    client.setblocking(False)
    head = [
        "GET /member/graphql HTTP/1.1", f"Host: {parts.netloc}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol: graphql-transport-ws",
        "Sec-WebSocket-Extensions: permessage-deflate", "", "",
    ]  # fmt: skip
    init = {"type": "connection_init", "payload": {"token": token}}
    asked = {"type": "subscribe", "id": "1", "payload": {"query": ACCOUNTS}}
    await loop.sock_connect(client, (parts.hostname, parts.port))
    for said in ("\r\n".join(head).encode(), *(framed(TEXT, json.dumps(message).encode()) for message in (init, asked))):
        await loop.sock_sendall(client, said)
        assert await loop.sock_recv(client, 4_096)
