"""The web service that iPhones call: register, ask what changed, fetch, unregister, log (wallet.md A30-A34)."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from honeyguide.wallet import registrations, store
from honeyguide.wallet.apple.pass_json import authentication_token
from honeyguide.wallet.assembly import NOT_NOW, Wallet
from honeyguide.wallet.device_log import LOG_BYTES_AT_MOST
from honeyguide.wallet.store import PassRow
from honeyguide.wallet.tags import tag_after, tag_text

_log = logging.getLogger(__name__)

PREFIX = "/wallet/apple"
PKPASS = "application/vnd.apple.pkpass"

_AUTHORIZATION = re.compile(r"ApplePass ([A-Za-z0-9_=+/.-]{16,512})", re.ASCII)
_DEVICE = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)
# It becomes a path of an HTTP/2 request to Apple, so nothing but hex passes.
_PUSH_TOKEN = re.compile(r"(?:[0-9A-Fa-f]{2}){8,100}", re.ASCII)
_BODY_AT_MOST = 4096
_NO_SUCH_PASS = "0" * 32
_PATIENCE = 10.0  # seconds for a whole request: a phone comes back, a request that waits without end holds a connection

Handler = Callable[[Request], Awaitable[Response]]


def device_routes(wallet: Wallet) -> list[Route]:
    """The routes to mount at the root; all of them are idempotent, for phones repeat what failed (A48)."""
    service = AppleWebService(wallet)
    device, one_pass = "/v1/devices/{device}/registrations/{pass_type}", "/v1/passes/{pass_type}/{serial}"
    return [
        Route(f"{PREFIX}{device}/{{serial}}", guarded(service.register), methods=["POST"]),
        Route(f"{PREFIX}{device}/{{serial}}", guarded(service.unregister), methods=["DELETE"]),
        Route(f"{PREFIX}{device}", guarded(service.changed_passes), methods=["GET"]),
        Route(f"{PREFIX}{one_pass}", guarded(service.fetch), methods=["GET"]),
        Route(f"{PREFIX}/v1/log", guarded(service.log), methods=["POST"]),
    ]


def guarded(handler: Handler) -> Handler:
    """Answer 503 while the database is down or the pass cannot be made, so that the phone comes back by itself."""

    async def answer(request: Request) -> Response:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await handler(request)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except NOT_NOW as error:
            _log.warning("a phone is asked to come back later: %s", type(error).__name__)
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "10"})

    return answer


class AppleWebService:
    """One handler for each endpoint."""

    def __init__(self, wallet: Wallet) -> None:
        self._wallet = wallet

    async def register(self, request: Request) -> Response:
        """A30: 201 for a new registration, 200 for one already there."""
        row = await self._authorized(request)
        if row is None:
            return _unauthorized()
        device, body = request.path_params["device"], await read_body(request, _BODY_AT_MOST)
        push_token = _push_token(body)
        if push_token is None or not _DEVICE.fullmatch(device):
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        outcome = await registrations.register(
            self._wallet.database,
            row.key,
            device_id=device,
            push_token=push_token,
            pass_type=request.path_params["pass_type"],
            now=self._wallet.clock(),
        )
        match outcome:
            case registrations.Registered(is_new=is_new):
                return Response(status_code=HTTPStatus.CREATED if is_new else HTTPStatus.OK)
            case registrations.TooManyPhones():
                return Response(status_code=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "3600"})

    async def unregister(self, request: Request) -> Response:
        """A33: 200, also when it is gone already."""
        row, device = await self._authorized(request), request.path_params["device"]
        if row is None:
            return _unauthorized()
        if _DEVICE.fullmatch(device):  # no other is ever registered
            await registrations.unregister(self._wallet.database, row.key, device)
        return Response(status_code=HTTPStatus.OK)

    async def changed_passes(self, request: Request) -> Response:
        """A31: the serials that changed after the phone's tag, or 204; the device id is the secret."""
        device, pass_type = request.path_params["device"], request.path_params["pass_type"]
        pool = self._wallet.database.pool
        if not _DEVICE.fullmatch(device) or pass_type != self._wallet.identity.pass_type_id:
            return _nothing()
        epoch = await registrations.read_epoch(pool)
        since = tag_after(request.query_params.get("passesUpdatedSince"), epoch)
        listing = await registrations.list_passes(pool, device, pass_type, since)
        if listing is None:
            return _nothing()
        await registrations.note_listed(pool, device, pass_type, listing.serials, self._wallet.clock())
        content = orjson.dumps({"serialNumbers": listing.serials, "lastUpdated": tag_text(epoch, listing.tag)})
        return respond(request, content, "application/json", {"Cache-Control": "private, no-store"})

    async def fetch(self, request: Request) -> Response:
        """A32: the pass as of now, or 304; a stale pass is published first, so that no phone gets an older state (X4)."""
        row = await self._authorized(request)
        if row is None:
            return _unauthorized()
        if self._wallet.signed is None:
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "3600"})
        row = await self._wallet.current(row)
        now = self._wallet.clock()
        headers = {"Last-Modified": http_date(row.modified_at), "Cache-Control": "private, no-cache"}
        if not _is_modified(request, row.modified_at, now):
            await registrations.note_fetched(self._wallet.database.pool, row.key, row.tag, row.shown, now)
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        package = await self._wallet.package(row)
        if request.method == "GET":
            await registrations.note_fetched(self._wallet.database.pool, row.key, row.tag, row.shown, now)
        headers["Content-Disposition"] = 'inline; filename="pass.pkpass"'
        return respond(request, package, PKPASS, headers)

    async def log(self, request: Request) -> Response:
        """A34: always 200 for what can be read as a log."""
        body = await read_body(request, LOG_BYTES_AT_MOST)
        if body is None:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        taken = self._wallet.device_log.take(body, self._wallet.clock())
        return Response(status_code=HTTPStatus.OK if taken else HTTPStatus.BAD_REQUEST)

    async def _authorized(self, request: Request) -> PassRow | None:
        """The pass whose token the phone sent; an unknown pass takes as long as a wrong token (A40)."""
        given = request.headers.getlist("authorization")
        header = _AUTHORIZATION.fullmatch(given[0]) if len(given) == 1 else None
        serial, pass_type = request.path_params["serial"], request.path_params["pass_type"]
        row = None
        if header and pass_type == self._wallet.identity.pass_type_id and _DEVICE.fullmatch(serial):
            row = await store.find_pass_by_serial(self._wallet.database.pool, serial)
        token, known_serial, generation = (header[1] if header else ""), row.serial if row else _NO_SUCH_PASS, row.generation if row else 1
        if self._token_is(token, known_serial, generation):
            return row
        # A phone that was given a newer token keeps its former one until it has fetched the pass anew (A25).
        if generation > 1 and self._token_is(token, known_serial, generation - 1) and row is not None:
            return row if await self._still_on_former(row) else None
        return None

    def _token_is(self, given: str, serial: str, generation: int) -> bool:
        identity = self._wallet.identity
        expected = [authentication_token(key, serial, generation) for key in (identity.token_key, *identity.former_token_keys)]
        return any(hmac.compare_digest(given.encode(), one.encode()) for one in expected)

    async def _still_on_former(self, row: PassRow) -> bool:
        return row.is_stale or await registrations.phones_lag(self._wallet.database.pool, row.key, row.tag)


async def read_body(request: Request, at_most: int) -> bytes | None:
    """The body, or None when it is longer; nothing beyond the limit is kept."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > at_most:
            return None
    return bytes(body)


def respond(request: Request, content: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """The content with its length, without its bytes for HEAD (A46)."""
    headers = {**headers, "Content-Length": str(len(content))}
    return Response(b"" if request.method == "HEAD" else content, media_type=media_type, headers=headers)


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _is_modified(request: Request, modified_at: datetime, now: datetime) -> bool:
    """Last-Modified has whole seconds, and so has modified_at (A45); a date that cannot be read counts as none.

    So does one that lies ahead of the clock and is not ours: it was given out in a time that a restore took back.
    """
    given = request.headers.get("if-modified-since")
    if given is None:
        return True
    try:
        since = parsedate_to_datetime(given)
    except (ValueError, TypeError, OverflowError):
        return True
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    return since != modified_at and not modified_at < since <= now


def _push_token(body: bytes | None) -> str | None:
    try:
        token = orjson.loads(body or b"")["pushToken"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return token.lower() if isinstance(token, str) and _PUSH_TOKEN.fullmatch(token) else None


def _unauthorized() -> Response:
    return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "ApplePass"})


def _nothing() -> Response:
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "private, no-store"})
