"""A name is resolved once, its addresses are checked, and the connection goes to a checked one: a second answer comes too late."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpcore
from httpcore import AsyncNetworkBackend, AsyncNetworkStream

from honeyguide.egress.addresses import Address, read_address
from honeyguide.egress.destination import checked_host
from honeyguide.egress.policy import EgressPolicy
from honeyguide.egress.refusal import EgressFailed, EgressRefused

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_MOST_ADDRESSES = 4  # of one name are tried


class SystemResolver:
    """The machine's own resolver, in threads of its own: a name server that is slow holds up nothing else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(4, "egress-names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [str(address[0]) for *_, address in found]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Dialler:
    """Connects to checked addresses only."""

    def __init__(self, policy: EgressPolicy, resolve: Resolve) -> None:
        self._policy, self._resolve = policy, resolve

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Where the name is now; raises EgressRefused when any of it is inside, EgressFailed when there is no such name."""
        host = checked_host(host)
        literal = read_address(host)
        found = [literal] if literal is not None else await self._looked_up(host, port)
        if not self._policy.permits(host, port, found):
            raise EgressRefused("inside", host)
        return [str(address) for address in dict.fromkeys(found)][:_MOST_ADDRESSES]

    async def dial(self, host: str, port: int) -> socket.socket:
        """A connected, non-blocking socket; raises EgressRefused or EgressFailed."""
        try:
            async with asyncio.timeout(self._policy.connect):
                addresses = await self.addresses(host, port)
                patience = self._policy.connect / len(addresses)
                for address in addresses[:-1]:
                    try:
                        async with asyncio.timeout(patience):
                            return await _connected(address, port)
                    except OSError:  # TimeoutError is one: the next address may answer
                        continue
                return await _connected(addresses[-1], port)
        except TimeoutError:
            raise EgressFailed("ConnectTimeout") from None
        except OSError:
            raise EgressFailed("ConnectError") from None

    async def _looked_up(self, host: str, port: int) -> list[Address]:
        try:
            texts = await self._resolve(host, port)
        except OSError:
            raise EgressFailed("NoSuchName") from None
        # A zone (fe80::1%eth0) makes a literal unreadable: what cannot be read cannot be checked.
        found = [read_address(text) for text in texts]
        if not found:
            raise EgressFailed("NoSuchName")
        if None in found:
            raise EgressRefused("inside", host)
        return [address for address in found if address is not None]


class CheckedNetwork(AsyncNetworkBackend):
    """What httpcore connects with: to a checked address, while Host, SNI and certificate go by the name."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._dialler.addresses(host, port)
                patience = timeout / len(addresses) if timeout else None
                for address in addresses[:-1]:
                    try:
                        return await self._network.connect_tcp(address, port, patience, local_address, socket_options)
                    except (httpcore.ConnectError, httpcore.ConnectTimeout):
                        continue
                return await self._network.connect_tcp(addresses[-1], port, patience, local_address, socket_options)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None

    async def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> AsyncNetworkStream:  # noqa: ASYNC109
        raise EgressRefused("host")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _connected(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.setblocking(False)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(line, (address, port))
    except BaseException:
        line.close()
        raise
    return line
