"""Members at /oauth/token, /oauth/revoke and /member/sign-in: forms in, JSON out, wrong ones counted by the address they come from."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response

from honeyguide.caller import Audience, Caller
from honeyguide.database.database import DOWN
from honeyguide.identity.answers import NO_STORE, in_json, too_many_tries, try_again
from honeyguide.identity.buckets import address_name
from honeyguide.identity.forms import FORM, is_foreign, is_plausible, read_body, read_form, type_of
from honeyguide.identity.grants import one_time_code, refresh
from honeyguide.identity.grants.grant import MemberGrant, SessionGranted, SessionRefused
from honeyguide.identity.grants.one_time_code import OneTimeCodeGrant
from honeyguide.identity.grants.refresh import RefreshGrant
from honeyguide.identity.oauth import Signer
from honeyguide.identity.sessions.desk import SignInDesk, spoken
from honeyguide.identity.sessions.refresh import sign_out
from honeyguide.identity.sessions.refresh_token import ACCESS_LIFE
from honeyguide.identity.sessions.send_code import send_code
from honeyguide.identity.tokens import issue_token
from honeyguide.pages import wishes_of

_JSON = "application/json"
_BUSY = (TimeoutError, asyncpg.PostgresError, *DOWN)
_log = logging.getLogger(__name__)


class MemberEndpoint:
    def __init__(self, desk: SignInDesk, signer: Signer) -> None:
        self._desk, self._signer, self._limits = desk, signer, desk.limits
        self._grants: Mapping[str, MemberGrant] = {
            one_time_code.GRANT_TYPE: OneTimeCodeGrant(desk),
            refresh.GRANT_TYPE: RefreshGrant(desk),
        }

    async def token(self, request: Request, form: str) -> Response | None:
        """None: not a grant of members, or no form at all, which the others then say."""
        fields = read_form(form)
        grant = self._grants.get(fields.get("grant_type", "")) if fields is not None else None
        if fields is None or grant is None:
            return None
        if request.url.query or "authorization" in request.headers:
            # A token in an address stands in logs; and a member's app has no secret to prove itself by.
            return refused(SessionRefused("invalid_request", "everything stands in the form, each parameter once"))
        name = address_name(request.client.host if request.client else None)
        if (wait := self._limits.wrong.wait(name)) > 0:
            return too_many_tries(wait)
        try:
            granted = await grant(fields, self._desk.clock())
        except _BUSY as error:
            return _busy(error)
        if isinstance(granted, SessionRefused):
            self._limits.wrong.owe(name)
            return refused(granted)
        return self._granted(granted)

    async def revoke(self, request: Request) -> Response:
        """RFC 7009: 200 whatever the token was; the session of a refresh token ends, of whichever generation it is."""
        form = await read_body(request)
        fields = read_form(form) if form is not None else None
        if fields is None or "token" not in fields or request.url.query:
            return refused(SessionRefused("invalid_request", "send the token in a form"))
        name = address_name(request.client.host if request.client else None)
        if (wait := self._limits.wrong.wait(name)) > 0:
            return too_many_tries(wait)
        try:
            if not await sign_out(self._desk, fields["token"], self._desk.clock()):
                self._limits.wrong.owe(name)
        except _BUSY as error:
            return _busy(error)
        return Response(status_code=200, headers=NO_STORE)

    async def sign_in(self, request: Request) -> Response:
        """202 for every address, whoever has it."""
        media_type, read = (_JSON, _read_json) if type_of(request) == _JSON else (FORM, read_form)
        if media_type == FORM and is_foreign(self._desk.url, request):  # browsers send such a form without asking first
            return refused(SessionRefused("invalid_request", f"a page of another site sends {_JSON}, and only from a listed origin"))
        body = await read_body(request, media_type)
        fields = read(body) if body is not None else None
        if fields is None or not is_plausible(fields.get("email", "")) or request.url.query:
            return refused(SessionRefused("invalid_request", "send email, and program where there are several", path="email"))
        applied = self._desk.program(fields.get("program"))
        if applied is None:
            return refused(SessionRefused("invalid_request", "program must be the code of a program", path="program"))
        if (wait := self._limits.codes.take(address_name(request.client.host if request.client else None))) > 0:
            return too_many_tries(wait)
        if not self._desk.outbox.delivers:
            return refused(SessionRefused("invalid_request", "no mail host is set up here: codes cannot be sent"))
        wishes = [fields["locale"]] if "locale" in fields else wishes_of(request)
        try:
            await send_code(self._desk, applied, fields["email"], spoken(wishes, applied), self._desk.clock())
        except _BUSY as error:
            return _busy(error)
        return in_json(202, {"sent": True})

    def _granted(self, granted: SessionGranted) -> Response:
        caller = Caller(Audience.MEMBER, granted.program_id, str(granted.member_id), session_id=granted.session_id)
        token = issue_token(self._signer.ring, issuer=self._signer.issuer, caller=caller, now=self._desk.clock(), lifetime=ACCESS_LIFE)
        return in_json(
            200,
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": int(ACCESS_LIFE.total_seconds()),
                "refresh_token": granted.refresh_token,
                "joined": granted.joined,
            },
        )


def refused(refusal: SessionRefused) -> Response:
    said = {"error": refusal.error, "error_description": refusal.description, "reason": refusal.reason, "path": refusal.path}
    return in_json(400, {name: value for name, value in said.items() if value is not None})


def _read_json(text: str) -> dict[str, str] | None:
    try:
        said = orjson.loads(text)
    except ValueError:
        return None
    if not isinstance(said, dict) or not all(isinstance(value, str) and "\x00" not in value for value in said.values()):
        return None
    return said


def _busy(error: BaseException) -> Response:
    _log.warning("signing in waits for the database: %s", type(error).__name__)  # its text may quote values
    return try_again()
