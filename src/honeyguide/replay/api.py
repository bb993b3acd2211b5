"""One audience of the API over HTTP, as a patient client: it signs in again, waits where it is told to, and outlives a restart."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

PATIENCE_SECONDS = 60.0  # how long one call is tried again while nobody answers
_PAUSE_SECONDS = 0.5
_CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0  # how long one answer may take; well below the patience, so that a call which nobody answers is tried again


class ApiAway(Exception):
    """Nobody answered for too long."""


class ApiRefused(Exception):
    """The API understood and said no: wrong credentials, or a bug of ours."""


@dataclass(frozen=True, slots=True)
class Credentials:
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(slots=True)
class Api:
    """`await ask(document, variables)` answers `data`; every mutation it is used for carries a key, so asking twice is safe."""

    http: httpx.AsyncClient
    url: str
    audience: str
    credentials: Credentials | None = None
    token: str | None = field(default=None, repr=False)
    patience: float = PATIENCE_SECONDS
    requests: int = 0
    _signing_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, document: str, variables: dict[str, Any] | None = None, *, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
        """`seconds`: how long the answer may take; raises ApiAway or ApiRefused."""
        body = orjson.dumps({"query": document, "variables": variables or {}})
        last_answer = time.monotonic()
        while True:
            token = self.token or await self._sign_in(None)
            try:
                answer = await self.http.post(
                    f"{self.url}/{self.audience}/graphql",
                    content=body,
                    headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                    timeout=httpx.Timeout(seconds, connect=_CONNECT_SECONDS),
                )
            except httpx.TransportError as error:
                await self._wait(last_answer, type(error).__name__, None)
                continue
            self.requests += 1
            if answer.status_code == 401 and self.credentials is not None:
                await self._sign_in(token)
            elif answer.status_code == 429 or answer.status_code >= 500:
                await self._wait(last_answer, f"status {answer.status_code}", answer.headers.get("retry-after"))
            else:
                return _data(answer)

    async def _sign_in(self, refused: str | None) -> str:
        """A token for the credentials; of many calls that were refused one asks."""
        async with self._signing_in:
            if self.token is not None and self.token != refused:
                return self.token
            if self.credentials is None:
                raise ApiRefused(f"no credentials for the {self.audience} API")
            form = {
                "grant_type": "client_credentials",
                "client_id": self.credentials.client_id,
                "client_secret": self.credentials.client_secret,
            }
            last_answer = time.monotonic()
            while True:
                try:
                    answer = await self.http.post(
                        f"{self.url}/oauth/token", data=form, timeout=httpx.Timeout(ANSWER_SECONDS, connect=_CONNECT_SECONDS)
                    )
                except httpx.TransportError as error:
                    await self._wait(last_answer, type(error).__name__, None)
                    continue
                if answer.status_code == 200:
                    self.token = str(answer.json()["access_token"])
                    return self.token
                if answer.status_code != 429 and answer.status_code < 500:
                    raise ApiRefused(f"{self.url} refuses the credentials of {self.credentials.client_id} (status {answer.status_code})")
                await self._wait(last_answer, f"status {answer.status_code}", answer.headers.get("retry-after"))

    async def _wait(self, last_answer: float, reason: str, seconds: str | None) -> None:
        if time.monotonic() - last_answer > self.patience:
            raise ApiAway(f"{self.url} does not answer ({reason})")
        await asyncio.sleep(float(seconds) if seconds is not None and seconds.isdigit() else _PAUSE_SECONDS)


def _data(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise ApiRefused(f"{answer.url} answers no JSON (status {answer.status_code})") from None
    if body.get("errors") or not isinstance(body.get("data"), dict):
        said = "; ".join(str(error.get("message")) for error in body.get("errors", ())[:3])
        raise ApiRefused(f"{answer.url.path} answers: {said or f'status {answer.status_code}'}")
    return dict(body["data"])
