"""Identity providers for tests: a real one from PyPI in a process of its own, and one of the test's that publishes whatever it is told."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm


@dataclass
class RealProvider:
    """oidc-provider-mock: discovery, keys, the code flow; each start makes a new key, and its tokens name none."""

    port: int
    users: tuple[dict[str, Any], ...]
    process: asyncio.subprocess.Process | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        users = [part for user in self.users for part in ("--user-claims", json.dumps(user))]
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(self.port), *users),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as http:
            while True:
                try:
                    await http.get(f"{self.issuer}/jwks")
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)
                else:
                    return

    async def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            await self.process.wait()
            self.process = None

    async def sign_in(self, subject: str, client_id: str = "app", scope: str = "openid profile email") -> str:
        """The ID token that the code flow ends with."""
        back = "https://app.example/back"
        asked = {"client_id": client_id, "redirect_uri": back, "response_type": "code", "scope": scope, "state": "s"}
        async with httpx.AsyncClient(base_url=self.issuer, trust_env=False) as http:
            answer = await http.post("/oauth2/authorize", params=asked, data={"sub": subject})
            code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": client_id, "client_secret": "s"}
            given = await http.post("/oauth2/token", data=form)
        return str(given.json()["id_token"])


@asynccontextmanager
async def real_provider(port: int, *users: dict[str, Any]) -> AsyncIterator[RealProvider]:
    provider = RealProvider(port, users)
    await provider.start()
    try:
        yield provider
    finally:
        await provider.stop()


@cache
def key(kid: str) -> RSAPrivateKey:
    """The same key for the same name in the whole run: each takes a tenth of a second to make."""
    return generate_private_key(65537, 2048)


def public(kid: str, **more: Any) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(key(kid).public_key(), as_dict=True), "kid": kid, "use": "sig", "alg": "RS256", **more}


Answer = Callable[[], tuple[bytes, bytes]]


@dataclass
class OwnProvider:
    """A provider that the test rules: what it publishes, how it answers, and what it signs."""

    issuer: str = ""
    keys: list[Any] = field(default_factory=lambda: [public("one")])
    discovery: dict[str, Any] = field(default_factory=dict)  # over what it should say
    raw: bytes | None = None  # instead of any document
    head: bytes = b"HTTP/1.1 200 OK"
    hangs: bool = False
    asked: list[str] = field(default_factory=list)

    def token(self, kid: str = "one", *, header: dict[str, Any] | None = None, signed_with: Any = None, **claims: Any) -> str:
        return jwt.encode(
            {"iss": self.issuer, **claims}, signed_with or key(kid), algorithm="RS256", headers={"kid": kid, **(header or {})}
        )

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                path = request.split(b" ")[1].decode()
                self.asked.append(path)
                if self.hangs:
                    await asyncio.sleep(60)
                body = self.raw if self.raw is not None else json.dumps(self._document(path)).encode()
                writer.write(self.head + b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    def _document(self, path: str) -> dict[str, Any]:
        if path.endswith("/.well-known/openid-configuration"):
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **self.discovery}
        return {"keys": self.keys}


@asynccontextmanager
async def own_provider(port: int = 0) -> AsyncIterator[OwnProvider]:
    provider = OwnProvider()
    running: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        await provider.handle(reader, writer)

    server = await asyncio.start_server(handle, "127.0.0.1", port)
    provider.issuer = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
