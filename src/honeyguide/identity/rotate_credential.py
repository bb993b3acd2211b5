"""A credential is replaced by a new one of the same rights; the old one lives on for a while, so that no till stands still."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from honeyguide.caller import Caller
from honeyguide.database import Database
from honeyguide.identity import store
from honeyguide.identity.create_credential import CredentialCreated, TooMany, created_before, store_draft
from honeyguide.identity.credential_wish import AskedCredential, CredentialRefused, may_touch, wish_of
from honeyguide.identity.credentials import CredentialMaker
from honeyguide.till.claims import ClaimedBefore, ClaimHasher
from honeyguide.till.outcomes import KeyConflict

LONGEST_OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class RotateCredential:
    """`overlap`: how long both work; zero ends the old one at once. `public_key`: the new one's JWK, where the old one has one."""

    idempotency_key: str
    client_id: str
    overlap: timedelta
    public_key: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialNotFound:
    """No such credential of the caller's is in force."""


class _Ended(Exception):
    """It serves no more: what was begun is rolled back."""


RotateCredentialOutcome = CredentialCreated | CredentialNotFound | CredentialRefused | KeyConflict


async def rotate_credential(
    database: Database, caller: Caller, maker: CredentialMaker, claims: ClaimHasher, request: RotateCredential, now: datetime
) -> RotateCredentialOutcome:
    """Under the caller's key (S4); raises HashingBusy."""
    body = [request.client_id, int(request.overlap.total_seconds()), request.public_key]
    key = claims.key_over(caller, request.idempotency_key, "rotateCredential", body)
    if not timedelta(0) <= request.overlap <= LONGEST_OVERLAP:
        return CredentialRefused("INVALID_OVERLAP", ("overlapHours",))
    old = await store.credential(database.pool, request.client_id)
    if old is None or not may_touch(caller, old):
        return CredentialNotFound()
    if (old.public_key is None) != (request.public_key is None):
        return CredentialRefused("INVALID_KEY", ("publicKey",))
    asked = AskedCredential(UUID(old.subject), old.name, old.scopes, old.location, request.public_key)
    # Its own shop is known: a shop that was closed meanwhile may still change its locks.
    wish = wish_of(caller, asked, {old.location} if old.location else ())
    if isinstance(wish, CredentialRefused):
        return wish
    draft = await maker.draft(wish)
    try:
        async with database.transaction() as connection:
            overlap = int(request.overlap.total_seconds())
            await store_draft(connection, caller, draft, key, now, replaces=old.client_id, overlap_seconds=overlap)
            if not await store.end_credential(connection, caller.program_id, old.client_id, now, now + request.overlap):
                raise _Ended
    except _Ended:
        return CredentialNotFound()
    except TooMany:
        return CredentialRefused("TOO_MANY", ())
    except ClaimedBefore as claimed:
        return await created_before(database, maker, claimed)
    return CredentialCreated(replace(draft.credential, created_at=now), draft.client_secret, replayed=False)
