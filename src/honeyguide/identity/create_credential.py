"""A partner, or an operator for it, makes one more credential: for a shop, a till or a machine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from honeyguide.audit import Act, Action, Subject, SubjectKind, actor_of, record
from honeyguide.caller import Caller
from honeyguide.database import Connection, Database
from honeyguide.identity import store
from honeyguide.identity.credential_wish import MOST_IN_FORCE, AskedCredential, CredentialRefused, wish_of
from honeyguide.identity.credentials import CredentialMaker, DraftCredential
from honeyguide.identity.store import Credential
from honeyguide.till.claims import ClaimedBefore, ClaimHasher, claim_or_roll_back
from honeyguide.till.intent import Key
from honeyguide.till.outcomes import KeyConflict


@dataclass(frozen=True, slots=True)
class CreateCredential:
    idempotency_key: str
    asked: AskedCredential


@dataclass(frozen=True, slots=True)
class CredentialCreated:
    """`client_secret` is the same in every replay; None where a public key proves the client."""

    credential: Credential
    client_secret: str | None
    replayed: bool


class TooMany(Exception):
    """The partner has MOST_IN_FORCE credentials; what was begun is rolled back."""


CreateCredentialOutcome = CredentialCreated | CredentialRefused | KeyConflict


async def create_credential(
    database: Database,
    caller: Caller,
    maker: CredentialMaker,
    claims: ClaimHasher,
    request: CreateCredential,
    locations: Collection[str],
    now: datetime,
) -> CreateCredentialOutcome:
    """Under the caller's key (S4); raises HashingBusy."""
    wish = wish_of(caller, request.asked, locations)
    if isinstance(wish, CredentialRefused):
        return wish
    asked = request.asked
    body = [str(asked.partner_id), asked.name, sorted(asked.scopes), asked.location, asked.public_key]
    key = claims.key_over(caller, request.idempotency_key, "createCredential", body)
    draft = await maker.draft(wish)
    try:
        async with database.transaction() as connection:
            await store_draft(connection, caller, draft, key, now)
    except TooMany:
        return CredentialRefused("TOO_MANY", ())
    except ClaimedBefore as claimed:
        return await created_before(database, maker, claimed)
    return CredentialCreated(replace(draft.credential, created_at=now), draft.client_secret, replayed=False)


async def store_draft(connection: Connection, caller: Caller, draft: DraftCredential, key: Key, now: datetime, **detail: str | int) -> None:
    """The credential, its claim and its row of the trail; raises TooMany or ClaimedBefore, and then all of it must be rolled back."""
    credential = draft.credential
    if await store.credentials_in_force(connection, caller.program_id, credential.audience, credential.subject, now) >= MOST_IN_FORCE:
        raise TooMany
    await draft.store(connection, now)
    subject = Subject(SubjectKind.CREDENTIAL, draft.client_id)
    facts = {"partner": credential.subject, "scopes": sorted(credential.scopes), "location": credential.location, **detail}
    await record(connection, Act(caller.program_id, now, actor_of(caller), Action.ISSUE_CREDENTIAL, subject, detail=facts))
    await claim_or_roll_back(connection, caller.program_id, [key], outcome={"client_id": draft.client_id}, now=now)


async def created_before(database: Database, maker: CredentialMaker, claimed: ClaimedBefore) -> CredentialCreated | KeyConflict:
    """The first answer again, with the credential as it stands now."""
    if not claimed.earlier.same_request or claimed.earlier.outcome is None:
        return KeyConflict()
    credential = await store.credential(database.pool, claimed.earlier.outcome["client_id"])
    assert credential is not None  # stored in the commit of the claim, and never deleted
    secret = maker.secret_of(credential.client_id) if credential.public_key is None else None
    return CredentialCreated(credential, secret, replayed=True)
