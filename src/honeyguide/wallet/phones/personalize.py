"""A35: the holder of an anonymous card fills in the form on the phone; what he says goes to the member, and the phone gets its token signed."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from honeyguide.members.sign_up_on_phone import NotSignedUp, SignUp, sign_up_on_phone
from honeyguide.wallet.apple.personalization import EMAIL, NAME, PHONE
from honeyguide.wallet.assembly import Wallet
from honeyguide.wallet.phones.devices import PREFIX, respond
from honeyguide.wallet.phones.phone_door import PhoneDoor, come_back
from honeyguide.wallet.phones.phone_pass import authorized

_BODY_AT_MOST: Final = 4_096
# What we sign must never be taken for the manifest of a pass, which is a JSON object in some Unicode: whoever has one anonymous card
# could else have a pass of his own making signed.
_TOKEN: Final = re.compile(r"[ -;=-z|}~]{1,1024}", re.ASCII)
_LONGEST_TEXT: Final = 320
_TRIES_AN_HOUR: Final = 10
_PASSES_COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Personalization:
    """What a phone sends: a token to sign, and what was typed, by Apple's names."""

    token: str
    typed: Mapping[str, str]


def personalize_routes(wallet: Wallet) -> list[Route]:
    """The route to mount at the root."""
    service, door = Personalize(wallet), PhoneDoor()
    sign_up = door.leads_to(service.sign_up, "personalize", body_at_most=_BODY_AT_MOST)
    return [Route(f"{PREFIX}/v1/passes/{{pass_type}}/{{serial}}/personalize", sign_up, methods=["POST"])]


class Personalize:
    """The one handler, and how often each pass has tried."""

    def __init__(self, wallet: Wallet) -> None:
        self._wallet = wallet
        self._tries: OrderedDict[UUID, tuple[datetime, int]] = OrderedDict()

    async def sign_up(self, request: Request, body: bytes | None) -> Response:
        """200 with the detached signature of the token, also where it was done before; 401; 400 for what is no form; 403 with a code."""
        wallet, given = self._wallet, await authorized(self._wallet, request)
        if given is None:
            return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "ApplePass"})
        row, now = given.row, wallet.clock()
        sent = read_personalization(body)
        if sent is None:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        if not wallet.offers_apple(row.key.program_id):
            return come_back(3600)
        if not self._may_try(row.key.pass_id, now):
            return Response(status_code=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "3600"})
        applied = wallet.programs.current(row.key.program_id)
        form = (await wallet.template(row, applied.program)).personalization
        if not form:
            return _refused(NotSignedUp("NOT_ALLOWED"))
        said = sign_up_of(sent.typed, form["requiredPersonalizationFields"])
        if isinstance(said, NotSignedUp):
            return _refused(said)
        outcome = await sign_up_on_phone(wallet.database, wallet.vault, applied, row.key.member_id, said, now)
        if isinstance(outcome, NotSignedUp):
            return _refused(outcome)
        signature = await wallet.pass_types.of(row.key.program_id).signer(now).sign_beside(sent.token.encode())
        return respond(request, signature, "application/octet-stream", {"Cache-Control": "no-store"})

    def _may_try(self, pass_id: UUID, now: datetime) -> bool:
        """A form is filled in once; who tries address after address wants to know who is a member."""
        since, tries = self._tries.pop(pass_id, (now, 0))
        if now - since > timedelta(hours=1):
            since, tries = now, 0
        self._tries[pass_id] = (since, tries + 1)
        while len(self._tries) > _PASSES_COUNTED:
            self._tries.popitem(last=False)
        return tries < _TRIES_AN_HOUR


def read_personalization(body: bytes | None) -> Personalization | None:
    """None for what is none; keys that nobody knows are left out, for phones to come may send more."""
    try:
        sent = orjson.loads(body or b"")
    except orjson.JSONDecodeError:
        return None
    token, info = (sent.get("personalizationToken"), sent.get("requiredPersonalizationInfo")) if isinstance(sent, dict) else (None, None)
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or not isinstance(info, dict):
        return None
    texts = {key: value.strip() for key, value in info.items() if isinstance(value, str) and value.strip()}
    if any(len(text) > _LONGEST_TEXT or "\0" in text for text in texts.values()):
        return None
    return Personalization(token, texts)


def sign_up_of(typed: Mapping[str, str], asked: list[Any]) -> SignUp | NotSignedUp:
    """What the form asked for, and nothing else of what came along."""
    name = typed.get("fullName") or " ".join(typed[part] for part in ("givenName", "familyName") if part in typed) or None
    answers = {NAME: name, EMAIL: typed.get("emailAddress"), PHONE: typed.get("phoneNumber")}
    fields = {NAME: "displayName", EMAIL: "email", PHONE: "phone"}
    if missing := next((one for one in asked if answers.get(one) is None), None):
        return NotSignedUp("MEMBER_REQUIRED", fields[missing])
    given = {one: answers[one] for one in asked}
    country = typed.get("ISOCountryCode", "").upper()
    return SignUp(given.get(NAME), given.get(EMAIL), given.get(PHONE), country if len(country) == 2 and country.isalpha() else None)


def _refused(refused: NotSignedUp) -> Response:
    """Wallet only shows that it failed; the code is for who reads along."""
    status = HTTPStatus.BAD_REQUEST if refused.field else HTTPStatus.FORBIDDEN
    return JSONResponse({"code": refused.code, "field": refused.field}, status, {"Cache-Control": "no-store"})
