"""A client of graphql-transport-ws that also sends what no client should: frames by hand over a plain socket."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import struct
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 10.0
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Closed(Exception):
    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class Refused(Exception):
    def __init__(self, status: int, body: str) -> None:
        super().__init__(status, body)
        self.status, self.body = status, body


def framed(opcode: int, data: bytes) -> bytes:
    """A client's frame, masked."""
    size, mask = len(data), secrets.token_bytes(4)
    length = (
        bytes([128 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size) if size < 65_536 else b"\xff" + struct.pack("!Q", size)
    )
    masked = (int.from_bytes(data, "big") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "big")).to_bytes(size, "big")
    return bytes([128 | opcode]) + length + mask + masked


@dataclass
class LiveClient:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    subprotocol: str | None

    @classmethod
    async def connect(cls, url: str, subprotocol: str | None = "graphql-transport-ws", limit: int = 2**16, **headers: str) -> LiveClient:
        """Raises Refused where the handshake is answered by anything but 101."""
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=limit)
        sent = {
            "Host": parts.netloc, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": b64encode(os.urandom(16)).decode(), **{name.replace("_", "-"): value for name, value in headers.items()},
        }  # fmt: skip
        if subprotocol:
            sent["Sec-WebSocket-Protocol"] = subprotocol
        lines = [f"GET {parts.path or '/'} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
        writer.write("\r\n".join(lines).encode())
        async with asyncio.timeout(PATIENCE_SECONDS * 3):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            if " 101 " not in head.splitlines()[0]:
                raise Refused(int(head.split()[1]), (await reader.read()).decode())
        chosen = next((line.split(":")[1].strip() for line in head.splitlines() if line.startswith("sec-websocket-protocol")), None)
        return cls(reader, writer, chosen)

    @classmethod
    async def entered(cls, url: str, token: str, **headers: str) -> LiveClient:
        """Connected, and let in."""
        client = await cls.connect(url, **headers)
        client.say({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        assert await client.hear() == {"type": "connection_ack"}
        return client

    def say(self, message: Any) -> None:
        self.frame(TEXT, json.dumps(message).encode())

    def subscribe(self, document: str, id: str = "1", **payload: Any) -> None:
        self.say({"id": id, "type": "subscribe", "payload": {"query": document, **payload}})

    def frame(self, opcode: int, data: bytes) -> None:
        self.writer.write(framed(opcode, data))

    async def hear(self, seconds: float = PATIENCE_SECONDS) -> Any:
        """The next message; raises Closed, TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                opcode, data = await self._frame()
                if opcode == TEXT:
                    return json.loads(data)
                if opcode == PING:
                    self.frame(PONG, data)
                if opcode == CLOSE:
                    raise Closed(struct.unpack("!H", data[:2])[0] if data else 1005, data[2:].decode())

    async def closed(self) -> Closed:
        """How it is closed, whatever comes before."""
        try:
            while True:
                await self.hear()
        except Closed as closed:
            return closed
        except (asyncio.IncompleteReadError, ConnectionError):
            return Closed(1006)

    async def next(self, seconds: float = PATIENCE_SECONDS) -> Any:
        """The root field's answer of the next event."""
        message = await self.hear(seconds)
        assert message["type"] == "next" and "errors" not in message["payload"], message
        return next(iter(message["payload"]["data"].values()))

    def gone(self) -> None:
        self.writer.transport.abort()

    async def _frame(self) -> tuple[int, bytes]:
        first, second = await self.reader.readexactly(2)
        size = second & 127
        if size >= 126:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
        return first & 15, await self.reader.readexactly(size)
