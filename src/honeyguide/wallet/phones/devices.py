"""The web service that iPhones call: register, ask what changed, fetch, unregister, log (wallet.md A30-A34)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.phones import registrations
from honeyguide.wallet.phones.device_log import LOG_BYTES_AT_MOST
from honeyguide.wallet.phones.phone_door import PhoneDoor, come_back
from honeyguide.wallet.phones.phone_pass import authorized
from honeyguide.wallet.publishing.tags import tag_after, tag_text

PREFIX = "/wallet/apple"
PKPASS = "application/vnd.apple.pkpass"
PKPASSES = "application/vnd.apple.pkpasses"

_DEVICE = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)
# It becomes a path of an HTTP/2 request to Apple, so nothing but hex passes.
_PUSH_TOKEN = re.compile(r"(?:[0-9A-Fa-f]{2}){8,100}", re.ASCII)
_BODY_AT_MOST = 4096


def device_routes(wallet: Wallet) -> list[Route]:
    """The routes to mount at the root; all of them are idempotent, for phones repeat what failed (A48)."""
    service, door = AppleWebService(wallet), PhoneDoor()
    device, one_pass = "/v1/devices/{device}/registrations/{pass_type}", "/v1/passes/{pass_type}/{serial}"
    register = door.leads_to(service.register, "register", body_at_most=_BODY_AT_MOST)
    log = door.leads_to(service.log, "log", body_at_most=LOG_BYTES_AT_MOST)
    return [
        Route(f"{PREFIX}{device}/{{serial}}", register, methods=["POST"]),
        Route(f"{PREFIX}{device}/{{serial}}", door.leads_to(service.unregister, "unregister"), methods=["DELETE"]),
        Route(f"{PREFIX}{device}", door.leads_to(service.changed_passes, "list"), methods=["GET"]),
        Route(f"{PREFIX}{one_pass}", door.leads_to(service.fetch, "fetch"), methods=["GET"]),
        Route(f"{PREFIX}/v1/log", log, methods=["POST"]),
    ]


class AppleWebService:
    """One handler for each endpoint."""

    def __init__(self, wallet: Wallet) -> None:
        self._wallet = wallet

    async def register(self, request: Request, body: bytes | None) -> Response:
        """A30: 201 for a new registration, 200 for one already there."""
        given = await authorized(self._wallet, request)
        if given is None:
            return _unauthorized()
        device, push_token = request.path_params["device"], _push_token(body)
        if push_token is None or not _DEVICE.fullmatch(device):
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        outcome = await registrations.register(
            self._wallet.database,
            given.row.key,
            device_id=device,
            push_token=push_token,
            pass_type=request.path_params["pass_type"],
            now=self._wallet.clock(),
            known_only=given.by_former,
        )
        match outcome:
            case registrations.Registered(is_new=is_new):
                return Response(status_code=HTTPStatus.CREATED if is_new else HTTPStatus.OK)
            case registrations.UnknownPhone():
                return _unauthorized()
            case registrations.TooManyPhones():
                return Response(status_code=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "3600"})

    async def unregister(self, request: Request, _: bytes | None) -> Response:
        """A33: 200, also when it is gone already."""
        given, device = await authorized(self._wallet, request), request.path_params["device"]
        if given is None:
            return _unauthorized()
        if _DEVICE.fullmatch(device):  # no other is ever registered
            await registrations.unregister(self._wallet.database, given.row.key, device)
        return Response(status_code=HTTPStatus.OK)

    async def changed_passes(self, request: Request, _: bytes | None) -> Response:
        """A31: the serials that changed after the phone's tag, or 204; the device id is the secret."""
        device, pass_type = request.path_params["device"], request.path_params["pass_type"]
        pool = self._wallet.database.pool
        if not _DEVICE.fullmatch(device) or not self._wallet.pass_types.knows(pass_type):
            return _nothing()
        epoch, newest = await registrations.read_counter(pool)
        since = tag_after(request.query_params.get("passesUpdatedSince"), epoch, newest)
        listing = await registrations.list_passes(pool, device, pass_type, since)
        if listing is None:
            return _nothing()
        if request.method == "GET":  # whoever asks with HEAD does not hear of what is to be fetched
            await registrations.note_listed(pool, device, pass_type, listing.serials, self._wallet.clock())
        content = orjson.dumps({"serialNumbers": listing.serials, "lastUpdated": tag_text(epoch, listing.tag)})
        return respond(request, content, "application/json", {"Cache-Control": "private, no-store"})

    async def fetch(self, request: Request, _: bytes | None) -> Response:
        """A32: the pass as of now, or 304; a stale pass is published first, so that no phone gets an older state (X4)."""
        given = await authorized(self._wallet, request)
        if given is None:
            return _unauthorized()
        if not self._wallet.offers_apple(given.row.key.program_id):
            return come_back(3600)
        row, pool = await self._wallet.current(given.row), self._wallet.database.pool
        now = self._wallet.clock()
        headers = {"Last-Modified": http_date(row.modified_at), "Cache-Control": "private, no-cache"}
        is_modified = _is_modified(request, row.modified_at, now)
        package = await self._wallet.package(row) if is_modified else b""
        if request.method == "GET":  # whoever asks with HEAD has nothing of it
            waited_since = await registrations.note_fetched(pool, row.key, row.tag, row.shown, now)
            if waited_since is not None:
                self._wallet.notes.waited("fetch", (now - waited_since).total_seconds())
        if not is_modified:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="pass.pkpass"'
        return respond(request, package, PKPASS, headers)

    async def log(self, _: Request, body: bytes | None) -> Response:
        """A34: always 200 for what can be read as a log."""
        if body is None:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        taken = self._wallet.notes.log.take(body, self._wallet.clock())
        return Response(status_code=HTTPStatus.OK if taken else HTTPStatus.BAD_REQUEST)


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
