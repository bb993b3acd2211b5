"""Where Google tells who saved or deleted a pass: verified, once each, answered fast (G10, G18, G19)."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import asyncpg
from prometheus_client import Counter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from honeyguide.caller import Clock
from honeyguide.database import Database, Executor
from honeyguide.database.database import DOWN
from honeyguide.wallet.at_google import objects as google_objects
from honeyguide.wallet.at_google.classes import CALLBACK
from honeyguide.wallet.at_google.keys import KeysUnavailable, RootKeys
from honeyguide.wallet.google.callback import Callback, CallbackInvalid, RootKey, SavedOrDeleted, read_callback, verified

_log = logging.getLogger(__name__)

CALLBACKS = Counter("honeyguide_google_callbacks", "What Google told of saves and deletions, by what became of it.", ["outcome"])
# Takes a nonce until a moment; False where it was taken before.
TakeNonce = Callable[[Executor, bytes, datetime], Awaitable[bool]]

_LARGEST = 20_000
_PATIENCE = 15.0
_LAST_DAY = 253_370_764_800_000  # the year 9999 in milliseconds: what PostgreSQL's and Python's dates agree on
# Google asks as Googlebot, and does not come where robots.txt sends it away; nobody else has anything to look for here.
_ROBOTS = f"User-agent: *\nAllow: {CALLBACK}\nAllow: /wallet/images/\nDisallow: /\n"


class GoogleCallbacks:
    """One route for all issuers; what it changes is one transaction with the nonce, so a repetition changes nothing and a crash loses nothing."""

    def __init__(
        self, database: Database, issuer_ids: Callable[[], Sequence[str] | None], keys: RootKeys, take_nonce: TakeNonce, clock: Clock
    ) -> None:
        self._database, self._issuer_ids, self._keys = database, issuer_ids, keys
        self._take_nonce, self._clock = take_nonce, clock

    def routes(self) -> list[Route]:
        return [Route(CALLBACK, self.receive, methods=["POST"]), Route("/robots.txt", _robots, methods=["GET"])]

    async def receive(self, request: Request) -> Response:
        """200 for what is noted, known or of no object of ours; 4xx for what is not Google's; 503: send it again."""
        try:
            async with asyncio.timeout(_PATIENCE):
                outcome, status = await self._noted(await _body(request)), 200
        except CallbackInvalid as invalid:
            _log.warning("a callback that is not Google's was refused: %s", invalid)
            outcome, status = "refused", 400
        except (KeysUnavailable, *DOWN, asyncpg.PostgresError, TimeoutError) as error:
            _log.warning("a callback of Google has to come again: %s", type(error).__name__)
            outcome, status = "put_off", 503
        CALLBACKS.labels(outcome).inc()
        headers = {"Cache-Control": "no-store"} | ({"Retry-After": "30"} if status == 503 else {})
        return Response(status_code=status, headers=headers)

    async def _noted(self, body: bytes) -> str:
        event = await self._verified(read_callback(body))
        nonce = hashlib.sha256(f"google wallet callback\0{event.nonce}".encode()).digest()
        ends_at = datetime.fromtimestamp(min(event.expires_ms, _LAST_DAY) / 1000, UTC)
        if not await google_objects.is_our_class(self._database.pool, event.class_id):
            raise CallbackInvalid("class")
        async with self._database.transaction() as connection:
            if not await self._take_nonce(connection, nonce, ends_at):
                return "repeated"
            return await self._apply(connection, event)

    async def _apply(self, connection: Executor, event: SavedOrDeleted) -> str:
        """The pass is locked before its object, as by everybody."""
        await google_objects.lock_pass_of(connection, event.object_id)
        if event.is_saved:
            known = await google_objects.note_saved(connection, event.object_id, event.expires_ms, self._clock())
            return "saved" if known else "unknown"
        return "deleted" if await google_objects.note_deleted(connection, event.object_id, event.expires_ms) else "unknown"

    async def _verified(self, callback: Callback) -> SavedOrDeleted:
        """With the keys that are known, and where none fits with those of now: Google changes them."""
        try:
            return self._of_an_issuer(callback, await self._keys.current())
        except CallbackInvalid as invalid:
            newer = await self._keys.newer() if str(invalid) == "intermediate signature" else None
            if newer is None:
                raise
            return self._of_an_issuer(callback, newer)

    def _of_an_issuer(self, callback: Callback, keys: Sequence[RootKey]) -> SavedOrDeleted:
        """Said to one of our issuers, each of which speaks for its own classes and objects only (X2)."""
        refusal, issuer_ids = CallbackInvalid("signature"), self._issuer_ids()
        if issuer_ids is None:
            raise TimeoutError("the programs' own issuers are not read yet")
        for issuer_id in issuer_ids:
            try:
                return verified(callback, keys, issuer_id, self._clock())
            except CallbackInvalid as invalid:
                refusal = invalid
                if str(invalid) != "signature":
                    raise
        raise refusal


async def _robots(_: Request) -> Response:
    return PlainTextResponse(_ROBOTS, headers={"Cache-Control": "public, max-age=3600"})


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST:
                raise CallbackInvalid("length")
    except ClientDisconnect as gone:
        raise CallbackInvalid("length") from gone
    return bytes(body)
