"""A small TCP proxy before PostgreSQL that cuts the connection at a chosen step of the protocol, or falls silent there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

# message number, its bytes, and whether it was forwarded already -> cut now?
Cut = Callable[[int, bytes, bool], bool]


class CuttingProxy:
    """Counts what clients send after the start-up, over all their connections; `cut` decides before and after each is forwarded.

    With `silent` a message that is cut before it is forwarded, and all after it, are swallowed: nobody hears that the connection is dead.
    """

    def __init__(self, database_url: str, cut: Cut, *, silent: bool = False) -> None:
        parts = urlsplit(database_url)
        self._folder = Path(parse_qs(parts.query)["host"][0]) if parts.query else None
        self._address = (parts.hostname, parts.port or 5432)
        self._cut = cut
        self._silent = silent
        self._server: asyncio.Server | None = None
        self.sent = 0
        self.cuts = 0
        self.url = ""
        self._login = f"{parts.username}:{parts.password or ''}@"
        self._database = parts.path

    async def __aenter__(self) -> CuttingProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"postgresql://{self._login}127.0.0.1:{port}{self._database}?sslmode=disable"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._folder is not None:
            there, to_server = await asyncio.open_unix_connection(str(next(self._folder.glob(".s.PGSQL.*[0-9]"))))
        else:
            there, to_server = await asyncio.open_connection(*self._address)
        back = asyncio.create_task(_copy(there, writer))
        with suppress(ConnectionError):
            while data := await reader.read(1 << 20):
                if data[:1] not in b"QPBEDSC":  # start-up and password are not counted
                    to_server.write(data)
                    continue
                self.sent += 1
                if self._cut(self.sent, data, False):
                    while self._silent and await reader.read(1 << 20):
                        pass
                    break
                to_server.write(data)
                await to_server.drain()
                if self._cut(self.sent, data, True):
                    back.cancel()  # the server works on, its answer reaches nobody
                    await asyncio.sleep(0.05)
                    break
            else:
                self.cuts -= 1
        self.cuts += 1
        back.cancel()
        writer.close()
        to_server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, asyncio.CancelledError):
        while data := await reader.read(1 << 20):
            writer.write(data)
