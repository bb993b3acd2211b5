"""Requests with a bounded answer, and connections for protocols of their own; each wait has an end."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import certifi
import httpcore
import orjson

from honeyguide.egress.destination import Destination, checked_headers
from honeyguide.egress.dialling import CheckedNetwork, Dialler, Resolve, SystemResolver
from honeyguide.egress.policy import EgressPolicy
from honeyguide.egress.refusal import EgressFailed, EgressRefused
from honeyguide.settings import Settings
from honeyguide.telemetry.spans import note, span

logging.getLogger("httpcore").setLevel(logging.WARNING)  # its DEBUG lines show headers, and tokens are among them

LARGEST: Final = 1024 * 1024
_KEEP_ALIVE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Response:
    """Any status, a redirect too: nobody follows it. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Raises ValueError."""
        return orjson.loads(self.body)  # bounds nesting, too


def _new_tls() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@cache
def _public_tls() -> ssl.SSLContext:
    """For HTTP alone, which puts always the same marks on it; reading all public roots takes 10 ms of a core."""
    return _new_tls()


class Egress:
    """Made once a process; `fetch` for HTTP, `connect` and `dial` for APNs and SMTP."""

    def __init__(self, policy: EgressPolicy, *, resolve: Resolve | None = None) -> None:
        self._policy = policy
        self._system = SystemResolver() if resolve is None else None
        self._dialler = Dialler(policy, resolve or self._system)  # type: ignore[arg-type]
        self._turns = asyncio.Semaphore(policy.at_once)
        self._waiting = 0
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_public_tls() if policy.ca_file is None else self.tls(),
            max_connections=policy.at_once,
            max_keepalive_connections=20,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=CheckedNetwork(self._dialler),
        )

    @classmethod
    def of(cls, settings: Settings) -> Egress:
        return cls(EgressPolicy.of(settings))

    def tls(self) -> ssl.SSLContext:
        """Public roots and the operator's own CA; names are checked. A new one each time: protocols put their marks on it."""
        context = _new_tls()
        if self._policy.ca_file is not None:
            context.load_verify_locations(cafile=self._policy.ca_file)
        return context

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        largest: int = LARGEST,
        within: float | None = None,
    ) -> Response:
        """One request, one answer of at most `largest` bytes, `within` seconds (default: the policy's total).

        Raises EgressRefused before anything is sent, or EgressFailed.
        """
        there = Destination.of(url, plain_http=self._policy.plain_http)
        sent = [("Host", there.origin), ("Accept-Encoding", "identity"), *checked_headers(method, headers or {})]
        if content is not None:
            sent.append(("Content-Length", str(len(content))))
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=there.scheme, host=there.host, port=there.port, target=there.target),
            headers=sent,
            content=content,
            extensions={"timeout": {"connect": self._policy.connect, "read": self._policy.read, "write": self._policy.read, "pool": None}},
        )
        try:
            with span(
                f"{method} {there.host}", {"server.address": there.host, "server.port": there.port, "http.request.method": method}, "client"
            ):
                async with self._turn(within or self._policy.total):
                    answer = await self._answer(request, largest)
                note({"http.response.status_code": answer.status})
                return answer
        except TimeoutError:
            raise EgressFailed("Timeout") from None
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
            raise EgressFailed(type(error).__name__) from None

    async def dial(self, host: str, port: int) -> socket.socket:
        """A connected socket to a checked address, for a library that speaks for itself; TLS must name `host`.

        Raises EgressRefused or EgressFailed.
        """
        try:
            async with self._turn(self._policy.total):
                return await self._dialler.dial(host, port)
        except TimeoutError:
            raise EgressFailed("Timeout") from None

    async def connect(
        self, host: str, port: int, tls: ssl.SSLContext | None, *, within: float | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A stream to a checked address; with `tls` its certificate is checked against `host`. None: the protocol starts TLS itself.

        Raises EgressRefused, EgressFailed, or ssl.SSLError where the other side's TLS is at fault.
        """
        try:
            async with asyncio.timeout(within or self._policy.total):
                line = await self.dial(host, port)
                try:
                    return await asyncio.open_connection(sock=line, ssl=tls, server_hostname=host if tls else None)
                except BaseException:
                    line.close()
                    raise
        except ssl.SSLError:
            raise
        except TimeoutError:
            raise EgressFailed("Timeout") from None
        except OSError as error:
            raise EgressFailed(type(error).__name__) from None

    async def close(self) -> None:
        await self._pool.aclose()
        if self._system is not None:
            self._system.close()

    async def _answer(self, request: httpcore.Request, largest: int) -> Response:
        response = await self._pool.handle_async_request(request)
        try:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            if headers.get("content-encoding", "identity").strip().lower() != "identity":
                raise EgressFailed("Encoded")  # we asked for plain bytes: nothing unpacks to more than was counted
            length = headers.get("content-length", "")
            if request.method != b"HEAD" and length.isdecimal() and (len(length) > 15 or int(length) > largest):
                raise EgressFailed("TooLarge")
            body = bytearray()
            async for part in response.aiter_stream():
                body += part
                if len(body) > largest:
                    raise EgressFailed("TooLarge")
            return Response(response.status, headers, bytes(body))
        finally:
            await response.aclose()

    @asynccontextmanager
    async def _turn(self, within: float) -> AsyncIterator[None]:
        if self._waiting >= self._policy.waiting:
            raise EgressFailed("Busy")
        self._waiting += 1
        try:
            async with asyncio.timeout(within), self._turns:
                yield
        finally:
            self._waiting -= 1


__all__ = ["LARGEST", "Egress", "EgressFailed", "EgressRefused", "Response"]
