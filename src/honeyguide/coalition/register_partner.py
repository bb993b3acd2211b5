"""An operator lets a partner in: the partner, its locations and the first credential, in one transaction."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID
from zoneinfo import available_timezones

from uuid_utils.compat import uuid7

from honeyguide.audit import Act, Action, Subject, SubjectKind, actor_of, record
from honeyguide.caller import Caller
from honeyguide.coalition import store
from honeyguide.coalition.freeze_till import Frozen, insert_freeze
from honeyguide.coalition.freezes import FreezeKind
from honeyguide.coalition.partner import Location
from honeyguide.database import Connection, Database
from honeyguide.till.claims import ClaimedBefore, ClaimHasher, claim_or_roll_back
from honeyguide.till.outcomes import KeyConflict

LONGEST_NAME = 200
MOST_LOCATIONS = 10_000

_PARTNER_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}")  # as in the program file, which names partners by it
_LOCATION_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,62}")


@dataclass(frozen=True, slots=True)
class RegisterPartner:
    """What the operator sent; the code is what the program file calls the partner."""

    idempotency_key: str
    code: str
    name: str
    locations: tuple[Location, ...]
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class PartnerRegistered:
    """`client_secret` is the same in every replay, see README."""

    partner_id: UUID
    client_id: str
    client_secret: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class PartnerExists:
    code: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class PartnerRejected:
    """INVALID_CODE, _NAME or _LOCATION, TOO_MANY_LOCATIONS, DUPLICATE_LOCATION, UNKNOWN_TIME_ZONE, UNKNOWN_SCOPE; `path` names the input field."""

    code: str
    path: tuple[str, ...]


class NewCredential(Protocol):
    """A credential whose costly hash is made already, so that no lock waits for it."""

    @property
    def client_id(self) -> str: ...
    async def store(self, connection: Connection, now: datetime) -> None: ...


class CredentialMaker(Protocol):
    """What identity gives: this slice knows no hash and no key."""

    @property
    def partner_scopes(self) -> Collection[str]: ...
    def secret_of(self, client_id: str) -> str: ...
    async def for_partner(self, program_id: UUID, partner_id: UUID, scopes: frozenset[str]) -> NewCredential: ...


RegisterPartnerOutcome = PartnerRegistered | PartnerExists | PartnerRejected | KeyConflict


async def register_partner(
    database: Database,
    caller: Caller,
    request: RegisterPartner,
    credentials: CredentialMaker,
    claims: ClaimHasher,
    now: datetime,
    *,
    reviewed: bool = False,
) -> RegisterPartnerOutcome:
    """Register under the caller's key (R1); a replay of a refusal is that refusal. `reviewed`: what it posts waits for a review first."""
    fault = _fault(request, credentials.partner_scopes)
    if fault is not None:
        return fault
    partner_id = uuid7()
    credential = await credentials.for_partner(caller.program_id, partner_id, request.scopes)
    body = [request.code, request.name, request.locations, sorted(request.scopes)]
    key = claims.key_over(caller, request.idempotency_key, "registerPartner", body)
    try:
        async with database.transaction() as connection:
            outcome = await _register(connection, caller, request, partner_id, credential, now)
            if reviewed and "refused" not in outcome:
                await insert_freeze(connection, caller, Frozen(partner_id), FreezeKind.REVIEW, "new", now)
            await claim_or_roll_back(connection, caller.program_id, [key], outcome=outcome, now=now)
            return _answer(outcome, credentials, replayed=False)
    except ClaimedBefore as claimed:
        if not claimed.earlier.same_request or claimed.earlier.outcome is None:
            return KeyConflict()
        return _answer(claimed.earlier.outcome, credentials, replayed=True)


async def _register(
    connection: Connection, caller: Caller, request: RegisterPartner, partner_id: UUID, credential: NewCredential, now: datetime
) -> dict[str, str]:
    """What the claim keeps: no secret, only what it is made of."""
    if not await store.insert_partner(connection, caller.program_id, partner_id, request.code, request.name, now):
        return {"refused": request.code}
    await store.insert_locations(connection, caller.program_id, partner_id, request.locations)
    await credential.store(connection, now)
    told = {"code": request.code, "locations": len(request.locations), "credential": credential.client_id, "scopes": sorted(request.scopes)}
    subject = Subject(SubjectKind.PARTNER, str(partner_id))
    await record(connection, Act(caller.program_id, now, actor_of(caller), Action.REGISTER_PARTNER, subject, detail=told))
    return {"partner_id": str(partner_id), "client_id": credential.client_id}


def _answer(outcome: dict[str, str], credentials: CredentialMaker, *, replayed: bool) -> PartnerRegistered | PartnerExists:
    if "refused" in outcome:
        return PartnerExists(outcome["refused"], replayed)
    client_id = outcome["client_id"]
    return PartnerRegistered(UUID(outcome["partner_id"]), client_id, credentials.secret_of(client_id), replayed)


def _fault(request: RegisterPartner, known_scopes: Collection[str]) -> PartnerRejected | None:
    """The first thing wrong with the input, with the path to it."""
    if not _PARTNER_CODE.fullmatch(request.code):
        return PartnerRejected("INVALID_CODE", ("code",))
    if not _is_name(request.name):
        return PartnerRejected("INVALID_NAME", ("name",))
    if not request.scopes or not request.scopes <= set(known_scopes):
        return PartnerRejected("UNKNOWN_SCOPE", ("scopes",))
    return _location_fault(request.locations)


def _location_fault(locations: tuple[Location, ...]) -> PartnerRejected | None:
    if len(locations) > MOST_LOCATIONS:
        return PartnerRejected("TOO_MANY_LOCATIONS", ("locations",))
    uses = Counter(location.code for location in locations)
    zones = available_timezones()
    for place, location in enumerate(locations):
        path = ("locations", str(place))
        if not _LOCATION_CODE.fullmatch(location.code):
            return PartnerRejected("INVALID_LOCATION", (*path, "code"))
        if uses[location.code] > 1:
            return PartnerRejected("DUPLICATE_LOCATION", (*path, "code"))
        if not _is_name(location.name):
            return PartnerRejected("INVALID_NAME", (*path, "name"))
        if location.time_zone is not None and location.time_zone not in zones:
            return PartnerRejected("UNKNOWN_TIME_ZONE", (*path, "timeZone"))
    return None


def _is_name(text: str) -> bool:
    """Printable, so that neither control nor bidi characters reach a pass or a page."""
    return bool(text.strip()) and len(text) <= LONGEST_NAME and text.isprintable()
